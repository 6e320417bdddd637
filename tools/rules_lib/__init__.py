# SPDX-License-Identifier: Apache-2.0
"""The rules of style and layering, one module per subject.

    tree      the files of the project, read once, and what kind of file each is
    cpp       a scanner of C++ that is just careful enough: strings, comments, functions
    layers    src/layers.txt: which room may include which, homes of headers, the freestanding wall
    lengths   files, functions, lines; the ratchet of known exceptions
    bans      the table of what code must not say, and what it says instead
    files     what every file and every room must have; words, white space, links
    promises  SPECIFICATION.md: every promise names the test that keeps it
    main      the table of rules, the escapes, the command line

Each rule is a generator from a Tree to Findings. A finding says what is wrong and what to do.
"""
