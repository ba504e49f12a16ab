//! Connections and hosts have two ARNs each, and no third; what was judged is what is touched.

use domain::connection::ProviderType;
use serde_json::{Value, json};
use wire::Service;

use crate::world::{ACCOUNT, CONNECTION, World, pipeline, with_pipeline, with_pipeline_of};

const NEW: Service = Service::CodeConnections;
const OLD: Service = Service::CodeStarConnections;

fn ask(world: &mut World, service: Service, operation: &str, input: &Value) -> Value {
    world.ask(ACCOUNT, service, operation, &input.to_string()).expect(operation)
}

fn refused(world: &mut World, service: Service, operation: &str, input: &Value, code: &str) {
    let refused = world.ask(ACCOUNT, service, operation, &input.to_string()).expect_err(operation);
    assert_eq!(refused.code, code, "{operation}: {refused}");
}

fn text(answer: &Value, member: &str) -> String {
    answer[member].as_str().expect(member).to_owned()
}

/// Makes a host by its new name and a connection to it by its old one.
fn rests_on_a_host(world: &mut World) -> (String, String, String) {
    let host = json!({"Name": "h", "ProviderType": "GitHubEnterpriseServer",
        "ProviderEndpoint": "https://git.example.com"});
    let host = text(&ask(world, NEW, "CreateHost", &host), "HostArn");
    let older = host.replace("codeconnections", "codestar-connections");
    let connection = json!({"ConnectionName": "c", "HostArn": older});
    let connection = text(&ask(world, OLD, "CreateConnection", &connection), "ConnectionArn");
    (host, older, connection)
}

#[test]
fn what_rests_on_a_host_is_found_under_either_name() {
    let world = &mut World::new();
    let (host, older, connection) = rests_on_a_host(world);
    for name in [&host, &older] {
        let listed = ask(world, NEW, "ListConnections", &json!({"HostArnFilter": name}));
        assert_eq!(listed["Connections"][0]["ConnectionArn"], connection, "{name}");
        assert_eq!(listed["Connections"][0]["HostArn"], host, "the stored name is shown");
        let delete = json!({"HostArn": name});
        refused(world, NEW, "DeleteHost", &delete, "ResourceUnavailableException");
        // Whoever moved it would be sent the tokens that were made for the forge it was.
        let moved = json!({"HostArn": name, "ProviderEndpoint": "https://evil.example.com"});
        refused(world, NEW, "UpdateHost", &moved, "ConflictException");
    }
    ask(world, NEW, "DeleteConnection", &json!({"ConnectionArn": connection}));
    ask(world, OLD, "DeleteHost", &json!({"HostArn": older}));
}

#[test]
fn an_arn_of_another_region_or_service_names_nothing_here() {
    let world = &mut with_pipeline();
    let missing = "ResourceNotFoundException";
    let (host, _, connection) = rests_on_a_host(world);
    for (from, to) in
        [("us-east-1", "eu-west-1"), (":codeconnections:", ":ecs:"), ("aws", "aws-cn")]
    {
        let elsewhere = |arn: &str| {
            arn.replace("codestar-connections", "codeconnections").replacen(from, to, 1)
        };
        let here = json!({"ConnectionArn": elsewhere(&connection)});
        refused(world, NEW, "GetConnection", &here, missing);
        refused(world, NEW, "DeleteConnection", &here, missing);
        let tagged = json!({"ResourceArn": elsewhere(&connection), "Tags": []});
        refused(world, NEW, "TagResource", &tagged, missing);
    }
    let elsewhere = host.replace("us-east-1", "eu-west-1");
    refused(world, NEW, "GetHost", &json!({"HostArn": elsewhere}), missing);
    let pipeline_elsewhere = format!("arn:aws:codepipeline:eu-west-1:{ACCOUNT}:p");
    let tagged = json!({"resourceArn": pipeline_elsewhere, "tags": []});
    refused(world, Service::CodePipeline, "TagResource", &tagged, missing);
    let mut declared = pipeline();
    let source = &mut declared["stages"][0]["actions"][0]["configuration"];
    source["ConnectionArn"] = json!(CONNECTION.replace("us-east-1", "eu-west-1"));
    let declared = json!({"pipeline": declared});
    let code = "InvalidActionDeclarationException";
    refused(world, Service::CodePipeline, "UpdatePipeline", &declared, code);
}

#[test]
fn connections_have_two_hundred_tags_and_errors_of_their_own() {
    let world = &mut World::new();
    let tags = |number: usize| {
        let tags = (0..number).map(|number| json!({"Key": format!("k{number}"), "Value": ""}));
        json!({"ConnectionName": "c", "ProviderType": "GitHub", "Tags": tags.collect::<Vec<_>>()})
    };
    let arn = text(&ask(world, NEW, "CreateConnection", &tags(200)), "ConnectionArn");
    let one_more = json!({"ResourceArn": arn, "Tags": [{"Key": "one more", "Value": ""}]});
    refused(world, NEW, "TagResource", &one_more, "LimitExceededException");
    let system = json!({"ResourceArn": arn, "Tags": [{"Key": "aws:x", "Value": ""}]});
    refused(world, NEW, "TagResource", &system, "ValidationException");
}

#[test]
fn what_a_host_was_told_of_networks_is_given_back() {
    let world = &mut World::new();
    let vpc = json!({"VpcId": "vpc-12345678", "SubnetIds": ["subnet-12345678"],
        "SecurityGroupIds": ["sg-12345678"]});
    let host = json!({"Name": "h", "ProviderType": "GitHubEnterpriseServer",
        "ProviderEndpoint": "https://git.example.com", "VpcConfiguration": vpc});
    let host = text(&ask(world, NEW, "CreateHost", &host), "HostArn");
    let moved = json!({"HostArn": host, "ProviderEndpoint": "https://other.example.com"});
    ask(world, NEW, "UpdateHost", &moved);
    let found = ask(world, NEW, "GetHost", &json!({"HostArn": host}));
    assert_eq!(found["VpcConfiguration"], vpc);
}

/// Which kind it is of is known where the connection is there.
#[test]
fn only_gitlab_has_repositories_in_groups_of_groups() {
    use ProviderType::{Bitbucket, GitHub, GitLab};
    for (provider, nests) in [(GitHub, false), (Bitbucket, false), (GitLab, true)] {
        let world = &mut with_pipeline_of(provider);
        let mut nested = pipeline();
        let configuration = &mut nested["stages"][0]["actions"][0]["configuration"];
        configuration["FullRepositoryId"] = json!("ada/sub/engine");
        for (operation, name) in [("UpdatePipeline", "p"), ("CreatePipeline", "q")] {
            nested["name"] = json!(name);
            let taken = world.call(operation, &json!({ "pipeline": nested }));
            assert_eq!(taken.is_ok(), nests, "{operation} at {provider}: {taken:?}");
            if let Err(refused) = taken {
                assert_eq!(refused.code, "InvalidActionDeclarationException", "{refused}");
                assert!(refused.message.contains("action Fetch"), "{refused}");
            }
        }
    }
}
