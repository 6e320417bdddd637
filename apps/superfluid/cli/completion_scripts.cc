// SPDX-License-Identifier: Apache-2.0
// The shells' side of completion. Each script hands the words typed so far to
// `superfluid complete -- WORD...` and turns the answer into what its shell expects.

#include "superfluid/cli/complete.h"

namespace superfluid::cli {
namespace {

// bash splits `--option=value` at the equals sign into three words; the first loop undoes that.
constexpr std::string_view kBash = R"script(# Completion of superfluid for bash.
_superfluid() {
  local word line current="${COMP_WORDS[COMP_CWORD]}"
  local -a before=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == "=" ]] || before+=("$word")
  done
  [[ $current == "=" ]] && current=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do
        COMPREPLY+=("$word")
      done < <(compgen -f -- "$current")
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <("${COMP_WORDS[0]/#\~/$HOME}" complete -- "${before[@]}" "$current" 2>/dev/null)
}
complete -F _superfluid superfluid
)script";

constexpr std::string_view kZsh = R"script(#compdef superfluid
# Completion of superfluid for zsh.
_superfluid() {
  local line
  local -a answer described
  answer=("${(@f)$("${(Q)words[1]}" complete -- \
    "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  for line in "${answer[@]}"; do
    if [[ $line == ":files" ]]; then
      _files
    elif [[ -n $line ]]; then
      described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done
  (( $#described )) && _describe -V superfluid described
}
if [[ ${funcstack[1]} == _superfluid ]]; then
  _superfluid "$@"
else
  compdef _superfluid superfluid
fi
)script";

constexpr std::string_view kFish = R"script(# Completion of superfluid for fish.
function __superfluid_candidates
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l program $before[1]
    set -e before[1]
    for line in ($program complete -- $before "$current" 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c superfluid -f -a '(__superfluid_candidates)'
)script";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  return shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish;
}

}  // namespace superfluid::cli
