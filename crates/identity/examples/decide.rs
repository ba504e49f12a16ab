//! How long a decision takes: ten policies of ten statements, allowed by the very last.
//!
//! `cargo run --release -p identity --example decide`

use std::hint::black_box;
use std::time::Instant;

use domain::{AccountId, Timestamp};
use identity::policy::{
    Attached, Caller, Context, Kind, Policies, Policy, Request, Value, evaluate, explain,
};

const ROUNDS: u32 = 100_000;

fn main() {
    let scattered = ["s3", "iam", "sqs", "codepipeline", "codebuild"];
    let attached: Vec<Attached> = (0..10).map(|it| policy(it, &scattered)).collect();
    let policies = Policies { identity: attached.iter().collect(), ..Policies::default() };
    measure("five services", &policies);
    let attached: Vec<Attached> = (0..10).map(|it| policy(it, &["s3"])).collect();
    let policies = Policies { identity: attached.iter().collect(), ..Policies::default() };
    measure("one service, every statement looked at", &policies);
}

/// Ten statements, each with two actions, two resources and two conditions, one with a variable.
fn policy(number: usize, services: &[&str]) -> Attached {
    let statement = |position: usize| {
        let service = services[position % services.len()];
        let last = number == 9 && position == 9;
        let service = if last { "s3" } else { service };
        let prefix = if last { "home/ann/" } else { "other/" };
        format!(
            r#"{{"Effect":"Allow","Action":["{service}:Get*","{service}:List*"],
                "Resource":["arn:aws:{service}:::b{number}/*","arn:aws:{service}:::*/k"],
                "Condition":{{"StringLike":{{"s3:prefix":"{prefix}*"}},
                "StringEquals":{{"aws:PrincipalTag/team":["red","${{aws:username}}"]}}}}}}"#
        )
    };
    let statements: Vec<String> = (0..10).map(statement).collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    let policy = Policy::read(&text, Kind::Inline).expect("a policy");
    Attached { name: format!("p{number}"), policy }
}

fn request() -> Request {
    let arn = "arn:aws:iam::111111111111:user/ann".to_owned();
    let (account, name, id) = (AccountId::from("111111111111"), "ann".to_owned(), "AIDA1".into());
    let mut context = Context::default();
    context.set("s3:prefix", [Value::from("home/ann/x")]);
    context.set("aws:PrincipalTag/team", [Value::from("ann")]);
    let caller = Caller::User { account, arn, name, id };
    let resource = "arn:aws:s3:::bucket/a/k";
    Request::new(caller, "s3:GetObject", resource, None, context, Timestamp(0))
}

fn measure(name: &str, policies: &Policies) {
    let asked = request();
    assert!(evaluate(policies, &asked).is_allowed());
    let timed = |work: &dyn Fn() -> bool, rounds: u32| {
        let start = Instant::now();
        assert!((0..rounds).all(|_| work()));
        start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
    };
    let decide = timed(&|| black_box(evaluate(policies, black_box(&asked))).is_allowed(), ROUNDS);
    let whole = timed(&|| black_box(evaluate(policies, &request())).is_allowed(), ROUNDS);
    let told = timed(&|| black_box(explain(policies, &asked)).decision.is_allowed(), ROUNDS / 20);
    println!(
        "{name}: {decide:.2} us a decision, {whole:.2} with its request made, {told:.1} explained"
    );
}
