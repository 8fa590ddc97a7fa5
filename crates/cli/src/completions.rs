//! `sluice completions`: prints a script with which a shell completes commands and options. It is generated from the command line.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::args::{Args, CompletionsArgs};
use crate::ending::Ending;
use crate::screen::say;

/// Prints the script for a shell.
pub fn completions(args: &CompletionsArgs) -> Ending {
    say(script(args.shell).trim_end());
    Ending::Good
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut Args::command(), "sluice", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_has_a_script_with_the_commands() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for part in ["redrive", "completions", "profile"] {
                assert!(script.contains(part), "{shell}: {part}");
            }
        }
    }

    #[test]
    fn bash_completes_commands_options_and_values() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sluice.bash");
        std::fs::write(&path, script(Shell::Bash)).unwrap();
        for (words, expected) in [
            ("sluice redr", "redrive"),
            ("sluice feed pu", "pull push"),
            ("sluice redrive fai", "failed-calls"),
            ("sluice runs --sin", "--since"),
        ] {
            let test = "source \"$1\"; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); \
                        _sluice sluice \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; \
                        printf '%s\\n' \"${COMPREPLY[@]}\" | sort | tr '\\n' ' '";
            let shell = Command::new("bash").args(["-c", test, "bash"]).arg(&path).arg(words).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&shell.stdout).trim(), expected, "{words}: {shell:?}");
        }
    }
}
