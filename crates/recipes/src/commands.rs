//! The commands of a CodePipeline `Commands` action: a plan of one step.

use crate::limits::{COMMAND_CHARS_MAX, COMMANDS_MAX};
use crate::plan::{Plan, Step};

/// Why a list of commands is no plan; places count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandsError {
    /// An action without commands does nothing.
    #[error("the action has no commands; 1 to {COMMANDS_MAX} are needed")]
    None,
    /// More than [`COMMANDS_MAX`].
    #[error("the action has {0} commands; {COMMANDS_MAX} are allowed")]
    TooMany(usize),
    /// A command of nothing but spaces.
    #[error("command {0} is empty; write a command")]
    Empty(usize),
    /// More than [`COMMAND_CHARS_MAX`] characters.
    #[error("command {0} has {1} characters; {COMMAND_CHARS_MAX} are allowed")]
    TooLong(usize, usize),
    /// CodePipeline's commands are single lines.
    #[error(
        "command {0} has more than one line; write a command for each, or run a script of the repository"
    )]
    SeveralLines(usize),
    /// No shell takes it.
    #[error("command {0} contains a NUL character; take it out")]
    Nul(usize),
}

/// The plan of an action: one step, named after the action, all commands in one shell.
pub fn plan(
    action: &str,
    commands: &[String],
    environment: Vec<(String, String)>,
) -> Result<Plan, CommandsError> {
    match commands.len() {
        0 => return Err(CommandsError::None),
        count if count > COMMANDS_MAX => return Err(CommandsError::TooMany(count)),
        _ => {}
    }
    for (index, command) in commands.iter().enumerate() {
        check(index + 1, command)?;
    }
    let step =
        Step { name: action.to_owned(), script: commands.to_vec(), environment, ..Step::default() };
    Ok(Plan { steps: vec![step] })
}

fn check(number: usize, command: &str) -> Result<(), CommandsError> {
    let length = command.chars().count();
    if length > COMMAND_CHARS_MAX {
        return Err(CommandsError::TooLong(number, length));
    }
    if command.trim().is_empty() {
        return Err(CommandsError::Empty(number));
    }
    if command.contains('\0') {
        return Err(CommandsError::Nul(number));
    }
    if command.trim_end().contains(['\n', '\r']) {
        return Err(CommandsError::SeveralLines(number));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(commands: &[&str], expect: Result<(), CommandsError>) {
        let commands: Vec<String> = commands.iter().map(|command| (*command).to_owned()).collect();
        assert_eq!(plan("Build", &commands, Vec::new()).map(drop), expect);
    }

    #[test]
    fn commands_are_one_step_in_one_shell() {
        let commands = ["cd src".to_owned(), "make".to_owned()];
        let environment = vec![("A".to_owned(), "1".to_owned())];
        let plan = plan("Build", &commands, environment.clone()).unwrap();
        let [step] = plan.steps.as_slice() else { panic!("one step") };
        assert_eq!(step.name, "Build");
        assert_eq!((step.script.as_slice(), &step.environment), (&commands[..], &environment));
    }

    #[test]
    fn what_codepipeline_refuses_is_refused() {
        check(&["make"], Ok(()));
        check(&["make\n"], Ok(()));
        check(&[], Err(CommandsError::None));
        check(&["x"; 50], Ok(()));
        check(&["x"; 51], Err(CommandsError::TooMany(51)));
        check(&["x", " \t"], Err(CommandsError::Empty(2)));
        check(&["a\nb"], Err(CommandsError::SeveralLines(1)));
        check(&["a\0b"], Err(CommandsError::Nul(1)));
        check(&[&"x".repeat(1000)], Ok(()));
        check(&[&"x".repeat(1001)], Err(CommandsError::TooLong(1, 1001)));
    }
}
