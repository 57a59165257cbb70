/** What each shell loads so that it asks `dirigent complete` for the word under the cursor. Text alone. */

const BASH = `# Completion of dirigent for bash: eval "$(dirigent completion bash)"
_dirigent() {
  local IFS=$'\\n' word lines
  word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$word" = "=" ]; then word=""; fi
  lines="$("\${1/#\\~/$HOME}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  COMPREPLY=()
  case "$lines" in
    :files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
    :dirs) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word")) ;;
    *) COMPREPLY=($lines) ;;
  esac
}
complete -F _dirigent dirigent
`;

const ZSH = `#compdef dirigent
# Completion of dirigent for zsh: eval "$(dirigent completion zsh)", or as a file named _dirigent in $fpath
_dirigent() {
  local -a lines
  lines=("\${(@f)$("\${words[1]/#\\~/$HOME}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case "\${lines[1]}" in
    '') return 1 ;;
    :files) _files ;;
    :dirs) _files -/ ;;
    *) compadd -Q -- "\${lines[@]}" ;;
  esac
}
if [ "\${funcstack[1]}" = _dirigent ]; then _dirigent "$@"; else compdef _dirigent dirigent; fi
`;

const FISH = `# Completion of dirigent for fish: dirigent completion fish > ~/.config/fish/completions/dirigent.fish
function __dirigent_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    test (count $current) -gt 0; or set current ''
    set -l lines ($words[1] complete -- $words[2..-1] $current 2>/dev/null)
    switch "$lines[1]"
        case ':files'
            __fish_complete_path $current
        case ':dirs'
            __fish_complete_directories $current
        case '*'
            printf '%s\\n' $lines
    end
end
complete -c dirigent -f -a '(__dirigent_complete)'
`;

/** The script of each shell. */
export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;

/** A shell that has one. */
export type Shell = keyof typeof SCRIPTS;

/** The shells, as choices. */
export const SHELLS = Object.keys(SCRIPTS) as Shell[];
