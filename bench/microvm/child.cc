// SPDX-License-Identifier: Apache-2.0
// The process that starts of functions are compared with: as little as a C program can be.
#include <unistd.h>

int main() { return ::write(STDOUT_FILENO, "x", 1) == 1 ? 0 : 1; }
