//! Buckets, the artifacts of executions, and the backup of the data folder.

use crate::moment::Moment;
use crate::shapes::shapes;
use domain::{ActionName, ArtifactName, BucketName, ExecutionId, PipelineName, StageName};

shapes! { "camelCase";
    /// Makes a bucket; making one's own again changes nothing.
    CreateBucketInput {
        /// 3 to 63 characters, as S3 names buckets; none of the server's own first path segments.
        bucket_name: BucketName,
    } optional {}

    /// The bucket.
    CreateBucketOutput {
        /// It.
        bucket: Bucket,
    } optional {}

    /// Asks for the account's buckets.
    ListBucketsInput {} optional {
        /// 1 to 100; 100 where absent.
        max_results: u32,
        /// From the page before.
        next_token: String,
    }

    /// One page.
    ListBucketsOutput {
        /// By name.
        buckets: Vec<Bucket>,
    } optional {
        /// For the next page, while there is one.
        next_token: String,
    }

    /// A bucket.
    Bucket {
        /// Its name.
        bucket_name: BucketName,
        /// When it was made.
        created_at: Moment,
    } optional {}

    /// Asks for a piece of an artifact's archive.
    GetArtifactInput {
        /// The pipeline.
        pipeline_name: PipelineName,
        /// The execution.
        pipeline_execution_id: ExecutionId,
        /// The artifact, as the pipeline names it.
        artifact_name: ArtifactName,
    } optional {
        /// The byte to begin at; 0 where absent.
        offset: u64,
    }

    /// A piece of the archive, at most 1 MiB.
    GetArtifactOutput {
        /// The stage that made it.
        stage_name: StageName,
        /// The action that made it.
        action_name: ActionName,
        /// SHA-256 of the whole archive, lower-case hex.
        digest: String,
        /// Bytes of the whole archive.
        size: u64,
        /// The bytes from the offset on, in base64.
        chunk: String,
    } optional {
        /// Where to ask on, while there is more.
        next_offset: u64,
    }

    /// Writes a backup beside the running server.
    BackupInput {
        /// An absolute path on the server's machine that does not exist yet.
        path: String,
    } optional {}

    /// The backup, complete and on disk.
    BackupOutput {
        /// Where.
        path: String,
        /// Its size.
        bytes: u64,
        /// The moment that it is of.
        taken_at: Moment,
    } optional {}
}
