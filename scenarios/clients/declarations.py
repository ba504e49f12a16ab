"""Pipeline declarations that the scripts create."""

BUCKET = "artifacts"


def story(connection, repository, name="story", branch="main"):
    """Source by connection, commands, an approval, a deployment into a bucket."""
    return {
        "name": name,
        "roleArn": "arn:aws:iam::000000000000:role/pipeline",
        "pipelineType": "V2",
        "artifactStore": {"type": "S3", "location": BUCKET},
        "stages": [
            stage("Source", source(connection, repository, branch)),
            stage("Build", commands("echo built by a step", "mkdir -p out", "echo built > out/result.txt")),
            stage("Approval", approval()),
            stage("Deploy", deploy()),
        ],
    }


def quick(connection, repository, name, branch, command):
    """Source by connection, one command, nothing else."""
    declaration = story(connection, repository, name, branch)
    build = {**commands(command), "outputArtifacts": []}
    return {**declaration, "stages": [stage("Source", source(connection, repository, branch)), stage("Build", build)]}


def stage(name, *actions):
    return {"name": name, "actions": list(actions)}


def source(connection, repository, branch):
    return {
        "name": "Source",
        "actionTypeId": kind("Source", "CodeStarSourceConnection"),
        "configuration": {"ConnectionArn": connection, "FullRepositoryId": repository, "BranchName": branch},
        "outputArtifacts": [{"name": "SourceOutput"}],
        "namespace": "SourceVariables",
    }


def commands(*lines):
    return {
        "name": "Build",
        "actionTypeId": kind("Compute", "Commands"),
        "commands": list(lines),
        "inputArtifacts": [{"name": "SourceOutput"}],
        "outputArtifacts": [{"name": "BuildOutput", "files": ["out/**"]}],
    }


def approval():
    return {
        "name": "Approve",
        "actionTypeId": kind("Approval", "Manual"),
        "configuration": {"CustomData": "Commit #{SourceVariables.CommitId}"},
    }


def deploy():
    return {
        "name": "Deploy",
        "actionTypeId": kind("Deploy", "S3"),
        "configuration": {"BucketName": BUCKET, "ObjectKey": "released.zip", "Extract": "false"},
        "inputArtifacts": [{"name": "BuildOutput"}],
    }


def kind(category, provider):
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
