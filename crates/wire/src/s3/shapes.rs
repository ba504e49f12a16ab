//! S3's inputs and outputs, under its own names.

use crate::moment::Moment;
use crate::shapes::shapes;
use domain::ArtifactRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was kept of a body, once all that was said of it proved true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// The content.
    pub artifact: ArtifactRef,
    /// Its MD5, 32 hex digits.
    pub md5: String,
    /// Its checksum: the member's name and its base64 text.
    pub checksum: (String, String),
}

/// A piece of a content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The content.
    pub artifact: ArtifactRef,
    /// Its first byte.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// Pairs of texts.
pub type Texts = BTreeMap<String, String>;

shapes! { "PascalCase";
    ListBucketsInput {} optional {
        prefix: String, max_buckets: u32, continuation_token: String, bucket_region: String,
    }
    ListBucketsOutput { buckets: BucketList, owner: Owner } optional {
        continuation_token: String, prefix: String,
    }
    BucketList { bucket: Vec<Bucket> } optional {}
    Bucket { name: String, creation_date: Moment, bucket_region: String } optional {}
    Owner {
        #[serde(rename = "ID")]
        id: String,
    } optional {}

    CreateBucketInput { bucket: String } optional {
        location_constraint: String,
        #[serde(rename = "ACL")]
        acl: String,
    }
    CreateBucketOutput { location: String } optional {}

    BucketInput { bucket: String } optional { expected_bucket_owner: String }
    HeadBucketOutput { bucket_region: String } optional {}
    LocationOutput {} optional {
        #[serde(rename = "LocationConstraint")]
        location: String,
    }
    Nothing {} optional {}

    GetBucketPolicyOutput { policy: String } optional {}
    PutBucketPolicyInput { bucket: String, policy: String } optional { expected_bucket_owner: String }

    CorsOutput {
        #[serde(rename = "CORSRule")]
        rule: Vec<CorsRule>,
    } optional {}
    PutBucketCorsInput {
        bucket: String,
        #[serde(rename = "CORSRule")]
        rule: Vec<CorsRule>,
    } optional { expected_bucket_owner: String }
    CorsRule {
        allowed_origin: Vec<String>, allowed_method: Vec<String>, allowed_header: Vec<String>,
        expose_header: Vec<String>,
    } optional {
        #[serde(rename = "ID")]
        id: String,
        max_age_seconds: u32,
    }

    VersioningOutput {} optional { status: String }
    PutBucketVersioningInput { bucket: String } optional {
        status: String, mfa_delete: String, expected_bucket_owner: String,
    }
    ListObjectVersionsInput { bucket: String } optional {
        prefix: String, delimiter: String, key_marker: String, version_id_marker: String,
        max_keys: u32, encoding_type: String, expected_bucket_owner: String,
    }
    ListObjectVersionsOutput {
        name: String, prefix: String, key_marker: String, version_id_marker: String, max_keys: u32,
        is_truncated: bool, version: Vec<ObjectVersion>, delete_marker: Vec<DeleteMarker>,
        common_prefixes: Vec<CommonPrefix>,
    } optional {
        delimiter: String, next_key_marker: String, next_version_id_marker: String,
        encoding_type: String,
    }
    ObjectVersion {
        key: String, version_id: String, is_latest: bool, last_modified: Moment,
        #[serde(rename = "ETag")]
        etag: String,
        size: u64, storage_class: String, owner: Owner,
    } optional { checksum_algorithm: String, checksum_type: String }
    DeleteMarker {
        key: String, version_id: String, is_latest: bool, last_modified: Moment, owner: Owner,
    } optional {}

    ListObjectsInput { bucket: String } optional {
        prefix: String, delimiter: String, marker: String, max_keys: u32, encoding_type: String,
        expected_bucket_owner: String,
    }
    #[allow(clippy::struct_excessive_bools)]
    ListObjectsOutput {
        name: String, prefix: String, marker: String, max_keys: u32, is_truncated: bool,
        contents: Vec<Object>, common_prefixes: Vec<CommonPrefix>,
    } optional { delimiter: String, next_marker: String, encoding_type: String }

    #[allow(clippy::struct_excessive_bools)]
    ListObjectsV2Input { bucket: String } optional {
        prefix: String, delimiter: String, start_after: String, continuation_token: String,
        max_keys: u32, encoding_type: String, fetch_owner: bool, expected_bucket_owner: String,
    }
    ListObjectsV2Output {
        name: String, prefix: String, key_count: u32, max_keys: u32, is_truncated: bool,
        contents: Vec<Object>, common_prefixes: Vec<CommonPrefix>,
    } optional {
        delimiter: String, start_after: String, continuation_token: String,
        next_continuation_token: String, encoding_type: String,
    }
    Object {
        key: String,
        last_modified: Moment,
        #[serde(rename = "ETag")]
        etag: String,
        size: u64,
        storage_class: String,
    } optional { owner: Owner, checksum_algorithm: String, checksum_type: String }
    CommonPrefix { prefix: String } optional {}

    GetObjectInput { bucket: String, key: String } optional {
        version_id: String, range: String, part_number: u32,
        if_match: String, if_none_match: String, if_modified_since: String, if_unmodified_since: String,
        checksum_mode: String,
        response_cache_control: String, response_content_disposition: String,
        response_content_encoding: String, response_content_language: String,
        response_content_type: String, response_expires: String,
        expected_bucket_owner: String,
    }
    GetObjectOutput {
        #[serde(rename = "ETag")]
        etag: String,
        last_modified: Moment,
    } optional {
        accept_ranges: String, content_length: u64, content: Slice, headers: Texts, metadata: Texts,
        content_range: String, checksum: Texts, tag_count: u32, parts_count: u32, version_id: String,
        /// That what the caller has is as good: nothing else is said then.
        not_modified: bool,
    }

    GetObjectAttributesInput { bucket: String, key: String, object_attributes: String } optional {
        version_id: String, max_parts: u32, part_number_marker: u32, expected_bucket_owner: String,
    }
    GetObjectAttributesOutput { headers: Texts } optional {
        #[serde(rename = "ETag")]
        etag: String,
        checksum: Texts, object_parts: ObjectParts, storage_class: String, object_size: u64,
    }
    ObjectParts { parts_count: u32 } optional {
        part_number_marker: u32, next_part_number_marker: u32, max_parts: u32, is_truncated: bool,
        part: Vec<ObjectPart>,
    }
    ObjectPart {
        part_number: u32, size: u64,
        #[serde(flatten)]
        checksum: Texts,
    } optional {}

    PutObjectInput { bucket: String, key: String } optional {
        content_type: String, content_encoding: String, cache_control: String,
        content_disposition: String, content_language: String, expires: String,
        metadata: Texts, tagging: String, if_match: String, if_none_match: String,
        #[serde(rename = "ACL")]
        acl: String,
        storage_class: String, expected_bucket_owner: String, received: Received,
    }
    PutObjectOutput {
        #[serde(rename = "ETag")]
        etag: String,
    } optional {
        checksum: Texts, version_id: String,
        /// Before the content came: the checksum to make of it where none is said.
        checksum_algorithm: String,
    }

    DeleteObjectInput { bucket: String, key: String } optional {
        version_id: String, if_match: String, expected_bucket_owner: String,
    }
    DeleteObjectOutput {} optional { delete_marker: bool, version_id: String }
    DeleteObjectsInput { bucket: String, objects: Vec<ObjectIdentifier> } optional {
        quiet: bool, expected_bucket_owner: String,
    }
    ObjectIdentifier { key: String } optional {
        version_id: String,
        #[serde(rename = "ETag")]
        etag: String,
    }
    DeletedObject { key: String } optional {
        version_id: String, delete_marker: bool, delete_marker_version_id: String,
    }
    DeleteObjectsOutput { deleted: Vec<DeletedObject>, error: Vec<DeleteError> } optional {}
    DeleteError { key: String, code: String, message: String } optional { version_id: String }

    CopyObjectInput { bucket: String, key: String, copy_source: String } optional {
        copy_source_if_match: String, copy_source_if_none_match: String,
        copy_source_if_modified_since: String, copy_source_if_unmodified_since: String,
        metadata_directive: String, tagging_directive: String,
        content_type: String, content_encoding: String, cache_control: String,
        content_disposition: String, content_language: String, expires: String,
        metadata: Texts, tagging: String, if_match: String, if_none_match: String,
        #[serde(rename = "ACL")]
        acl: String,
        storage_class: String, expected_bucket_owner: String, expected_source_bucket_owner: String,
    }
    CopyOutput {
        #[serde(rename = "ETag")]
        etag: String,
        last_modified: Moment,
        #[serde(flatten)]
        checksum: Texts,
    } optional { headers: Texts }

    CreateMultipartUploadInput { bucket: String, key: String } optional {
        content_type: String, content_encoding: String, cache_control: String,
        content_disposition: String, content_language: String, expires: String,
        metadata: Texts, tagging: String,
        #[serde(rename = "ACL")]
        acl: String,
        storage_class: String, checksum_algorithm: String, checksum_type: String,
        expected_bucket_owner: String,
    }
    CreateMultipartUploadOutput { bucket: String, key: String, upload_id: String, headers: Texts } optional {}
    UploadPartInput { bucket: String, key: String, upload_id: String, part_number: u32 } optional {
        expected_bucket_owner: String, received: Received,
    }
    UploadPartCopyInput {
        bucket: String, key: String, upload_id: String, part_number: u32, copy_source: String,
    } optional {
        copy_source_range: String,
        copy_source_if_match: String, copy_source_if_none_match: String,
        copy_source_if_modified_since: String, copy_source_if_unmodified_since: String,
        expected_bucket_owner: String, expected_source_bucket_owner: String, received: Received,
    }
    /// What has to be put together before the call can be answered.
    AssembleOutput { assemble: Vec<Slice>, checksum_algorithm: String } optional {}
    CompleteMultipartUploadInput {
        bucket: String, key: String, upload_id: String, parts: Vec<CompletedPart>,
    } optional {
        if_match: String, if_none_match: String, checksum: Texts, checksum_type: String,
        mpu_object_size: String, expected_bucket_owner: String, received: Received,
    }
    CompletedPart {
        #[serde(rename = "ETag")]
        etag: String,
        part_number: u32,
    } optional { checksum: Texts }
    CompleteMultipartUploadOutput {
        location: String, bucket: String, key: String,
        #[serde(rename = "ETag")]
        etag: String,
        #[serde(flatten)]
        checksum: Texts,
    } optional { headers: Texts }
    UploadInput { bucket: String, key: String, upload_id: String } optional {
        expected_bucket_owner: String, max_parts: u32, part_number_marker: u32,
    }
    ListPartsOutput {
        bucket: String, key: String, upload_id: String, part_number_marker: u32,
        next_part_number_marker: u32, max_parts: u32, is_truncated: bool, part: Vec<Part>,
        storage_class: String,
    } optional { checksum_algorithm: String, checksum_type: String }
    Part {
        part_number: u32,
        last_modified: Moment,
        #[serde(rename = "ETag")]
        etag: String,
        size: u64,
        #[serde(flatten)]
        checksum: Texts,
    } optional {}
    ListMultipartUploadsInput { bucket: String } optional {
        prefix: String, key_marker: String, upload_id_marker: String, max_uploads: u32,
        encoding_type: String, expected_bucket_owner: String,
    }
    ListMultipartUploadsOutput {
        bucket: String, key_marker: String, upload_id_marker: String, max_uploads: u32,
        is_truncated: bool, upload: Vec<Upload>,
    } optional {
        prefix: String, next_key_marker: String, next_upload_id_marker: String, encoding_type: String,
    }
    Upload { key: String, upload_id: String, initiated: Moment, storage_class: String } optional {
        checksum_algorithm: String, checksum_type: String,
    }

    ObjectInput { bucket: String, key: String } optional { expected_bucket_owner: String }
    TaggingOutput { tag_set: TagSet } optional {}
    TagSet { tag: Vec<Tag> } optional {}
    Tag { key: String, value: String } optional {}
    PutObjectTaggingInput { bucket: String, key: String, tag_set: Vec<Tag> } optional {
        expected_bucket_owner: String,
    }
}
