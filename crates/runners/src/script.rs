//! What the shell of a step is given to read. Pure.
//!
//! The commands stand in the script as they were written, so that they mean what they mean in any
//! shell: `set -e` ends the script at the first that fails, but not inside `&&`, `||` or `if`.

use recipes::plan::Step;
use std::path::Path;

/// The texts that make up one step.
pub(crate) struct Script {
    /// What is run.
    pub main: String,
    /// What `main` calls last, where the step has an after-script.
    pub after: Option<String>,
    /// What `main` calls first, where the step has an after-script.
    pub body: Option<String>,
}

/// What the shell itself bounds, where no control group does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Processes in the step's own user namespace.
    pub processes: Option<u32>,
    /// Bytes of data of each process.
    pub memory_bytes: Option<u64>,
}

impl Bounds {
    /// Limits that hold for all that the shell starts, and that none of it can raise. One that is
    /// lower already stays. What bash calls `-u` is `-p` to dash.
    fn lines(self) -> String {
        let processes = self.processes.map(|count| {
            format!("ulimit -u {count} 2>/dev/null || ulimit -p {count} 2>/dev/null || :\n")
        });
        let memory = self
            .memory_bytes
            .map(|bytes| format!("ulimit -d {} 2>/dev/null || :\n", bytes.div_ceil(1024)));
        processes.unwrap_or_default() + &memory.unwrap_or_default()
    }
}

/// The script of a step for `shell`. `control` is the folder in which the three texts will lie as
/// `main`, `after` and `body`, and where the values of `variables` are written, as the step sees it.
pub(crate) fn write(
    step: &Step,
    variables: &[String],
    shell: &str,
    control: &Path,
    bounds: &Bounds,
) -> Script {
    let (control, bounds) = (control.display(), bounds.lines());
    let body = commands(&step.script) + &save(variables, &format!("{control}/variables"));
    if step.after_script.is_empty() {
        return Script { main: bounds + &body, after: None, body: None };
    }
    let main = format!(
        "{bounds}set +e\n\
         {shell} -e {control}/body\n\
         code=$?\n\
         BITBUCKET_EXIT_CODE=$code {shell} -e {control}/after\n\
         exit $code\n"
    );
    Script { main, after: Some(commands(&step.after_script)), body: Some(body) }
}

/// Each command after a line that shows it.
fn commands(commands: &[String]) -> String {
    let shown = |command: &String| {
        let command = command.trim_end_matches(['\n', '\r']);
        format!("printf '%s\\n' {}\n{command}\n", quote(&format!("+ {command}")))
    };
    commands.iter().map(shown).collect()
}

/// Writes the variables that are set, `NAME=value` each, ended by a NUL, which no value can have.
fn save(variables: &[String], file: &str) -> String {
    if variables.is_empty() {
        return String::new();
    }
    let each = |name: &String| {
        format!("if [ -n \"${{{name}+set}}\" ]; then printf '%s\\0' \"{name}=${name}\"; fi\n")
    };
    // `>|` overwrites even where a command said `set -C`.
    format!("{{\n{}}} >| {file}\n", variables.iter().map(each).collect::<String>())
}

/// What `save` wrote, read back: declared variables only, in the order in which they are declared.
pub(crate) fn read_saved(bytes: &[u8], variables: &[String]) -> Vec<(String, String)> {
    let saved: Vec<_> = bytes
        .split(|byte| *byte == 0)
        .filter_map(|pair| {
            let pair = String::from_utf8_lossy(pair);
            pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        })
        .collect();
    let value = |name: &String| saved.iter().rev().find(|pair| pair.0 == *name).cloned();
    variables.iter().filter_map(value).collect()
}

/// The text as one word of a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Whether a shell can have a variable of this name.
pub(crate) fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(letter)
        && name.bytes().all(|byte| letter(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(script: &[&str], after: &[&str]) -> Step {
        let own = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect();
        Step { script: own(script), after_script: own(after), ..Step::default() }
    }

    #[test]
    fn commands_are_shown_and_then_stand_as_they_were_written() {
        let script = write(
            &step(&["echo 'a'", "false && b"], &[]),
            &[],
            "sh",
            Path::new("/c"),
            &Bounds::default(),
        );
        let expect = "printf '%s\\n' '+ echo '\\''a'\\'''\necho 'a'\nprintf '%s\\n' '+ false && b'\nfalse && b\n";
        assert_eq!(script.main, expect);
        assert!(script.after.is_none() && script.body.is_none());
    }

    #[test]
    fn an_after_script_has_a_shell_of_its_own_and_cannot_change_the_code() {
        let script = write(&step(&["x"], &["y"]), &[], "sh", Path::new("/c"), &Bounds::default());
        assert!(script.main.contains("sh -e /c/body\ncode=$?\n"));
        assert!(script.main.ends_with("exit $code\n"));
        assert!(script.after.is_some_and(|text| text.ends_with("\ny\n")));
    }

    #[test]
    fn bounds_stand_before_everything_and_hold_for_good() {
        let bounds = Bounds { processes: Some(64), memory_bytes: Some(1 << 30) };
        let raise = "ulimit -d unlimited 2>/dev/null || echo kept";
        for after in [&[][..], &["true"]] {
            let script = write(&step(&[raise], after), &[], "sh", Path::new("/c"), &bounds);
            assert!(script.main.starts_with("ulimit -u 64"), "{}", script.main);
        }
        let script = bounds.lines() + "ulimit -d; ulimit -Hd; (ulimit -p || ulimit -u) 2>/dev/null";
        let shell = |shell: &str| {
            let ran = std::process::Command::new(shell).args(["-ec", &script]).output();
            String::from_utf8(ran.expect("a shell").stdout).expect("text")
        };
        assert!(shell("/bin/sh").starts_with("1048576\n1048576\n"), "{}", shell("/bin/sh"));
        assert_eq!(Bounds::default().lines(), "");
    }

    #[test]
    fn only_declared_variables_are_read_back() {
        let declared = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
        let read = read_saved(b"B=x=\ny\0Z=1\0A=\0A=2\0rest", &declared);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read, [pair("A", "2"), pair("B", "x=\ny")]);
        assert!(is_name("A_1") && !is_name("1A") && !is_name("A-B") && !is_name(""));
    }
}
