//! What S3's operations take. Names and keys are judged by their operations, in S3's own codes.

use crate::shape::{Member, Operation, Shape, any_text, list, map, may, must, structure};

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 33] = [
    Operation { name: "ListBuckets", input: &LIST_BUCKETS },
    Operation { name: "CreateBucket", input: &CREATE_BUCKET },
    Operation { name: "HeadBucket", input: &BUCKET },
    Operation { name: "DeleteBucket", input: &BUCKET },
    Operation { name: "GetBucketLocation", input: &BUCKET },
    Operation { name: "GetBucketPolicy", input: &BUCKET },
    Operation { name: "PutBucketPolicy", input: &PUT_BUCKET_POLICY },
    Operation { name: "DeleteBucketPolicy", input: &BUCKET },
    Operation { name: "GetBucketCors", input: &BUCKET },
    Operation { name: "PutBucketCors", input: &PUT_CORS },
    Operation { name: "DeleteBucketCors", input: &BUCKET },
    Operation { name: "GetBucketVersioning", input: &BUCKET },
    Operation { name: "PutBucketVersioning", input: &PUT_VERSIONING },
    Operation { name: "ListObjectVersions", input: &LIST_VERSIONS },
    Operation { name: "ListObjects", input: &LIST_OBJECTS },
    Operation { name: "ListObjectsV2", input: &LIST_OBJECTS_V2 },
    Operation { name: "GetObject", input: &GET_OBJECT },
    Operation { name: "HeadObject", input: &GET_OBJECT },
    Operation { name: "GetObjectAttributes", input: &GET_ATTRIBUTES },
    Operation { name: "PutObject", input: &PUT_OBJECT },
    Operation { name: "DeleteObject", input: &DELETE_OBJECT },
    Operation { name: "DeleteObjects", input: &DELETE_OBJECTS },
    Operation { name: "CopyObject", input: &COPY_OBJECT },
    Operation { name: "CreateMultipartUpload", input: &CREATE_UPLOAD },
    Operation { name: "UploadPart", input: &UPLOAD_PART },
    Operation { name: "UploadPartCopy", input: &UPLOAD_PART_COPY },
    Operation { name: "CompleteMultipartUpload", input: &COMPLETE_UPLOAD },
    Operation { name: "AbortMultipartUpload", input: &UPLOAD },
    Operation { name: "ListParts", input: &UPLOAD },
    Operation { name: "ListMultipartUploads", input: &LIST_UPLOADS },
    Operation { name: "GetObjectTagging", input: &OBJECT },
    Operation { name: "PutObjectTagging", input: &PUT_TAGGING },
    Operation { name: "DeleteObjectTagging", input: &OBJECT },
];

static TEXT: Shape = any_text();
static FLAG: Shape = Shape::Flag;
static COUNT: Shape = Shape::Integer(0, i32::MAX as i64);
static TEXTS: Shape = map(usize::MAX, &TEXT, &TEXT);

const OWNER: Member = may("ExpectedBucketOwner", &TEXT);
const SOURCE_OWNER: Member = may("ExpectedSourceBucketOwner", &TEXT);
const IN_BUCKET: Member = must("Bucket", &TEXT);
const KEY: Member = must("Key", &TEXT);
const VERSION_ID: Member = may("VersionId", &TEXT);
const UPLOAD_ID: Member = must("UploadId", &TEXT);
const PART_NUMBER: Member = must("PartNumber", &COUNT);
const SOURCE: Member = must("CopySource", &TEXT);
const SOURCE_IF_MATCH: Member = may("CopySourceIfMatch", &TEXT);
const SOURCE_IF_NONE_MATCH: Member = may("CopySourceIfNoneMatch", &TEXT);
const SOURCE_IF_MODIFIED: Member = may("CopySourceIfModifiedSince", &TEXT);
const SOURCE_IF_UNMODIFIED: Member = may("CopySourceIfUnmodifiedSince", &TEXT);
const MAX_PARTS: Member = may("MaxParts", &COUNT);
const PART_NUMBER_MARKER: Member = may("PartNumberMarker", &COUNT);

/// What is said of an object by whoever writes one, and what else an operation takes.
macro_rules! writing {
    ($($more:expr),* $(,)?) => {
        structure(&[
            IN_BUCKET,
            KEY,
            may("ContentType", &TEXT),
            may("ContentEncoding", &TEXT),
            may("CacheControl", &TEXT),
            may("ContentDisposition", &TEXT),
            may("ContentLanguage", &TEXT),
            may("Expires", &TEXT),
            may("Metadata", &TEXTS),
            may("Tagging", &TEXT),
            may("ACL", &TEXT),
            may("StorageClass", &TEXT),
            OWNER,
            $($more),*
        ])
    };
}

static LIST_BUCKETS: Shape = structure(&[
    may("Prefix", &TEXT),
    may("MaxBuckets", &COUNT),
    may("ContinuationToken", &TEXT),
    may("BucketRegion", &TEXT),
]);
static CREATE_BUCKET: Shape =
    structure(&[IN_BUCKET, may("LocationConstraint", &TEXT), may("ACL", &TEXT)]);
static BUCKET: Shape = structure(&[IN_BUCKET, OWNER]);
static PUT_BUCKET_POLICY: Shape = structure(&[IN_BUCKET, must("Policy", &TEXT), OWNER]);
static PUT_CORS: Shape = structure(&[IN_BUCKET, must("CORSRule", &CORS_RULES), OWNER]);
static CORS_RULES: Shape = list(0, usize::MAX, &CORS_RULE);
static CORS_RULE: Shape = structure(&[
    may("ID", &TEXT),
    must("AllowedOrigin", &TEXT_LIST),
    must("AllowedMethod", &TEXT_LIST),
    must("AllowedHeader", &TEXT_LIST),
    must("ExposeHeader", &TEXT_LIST),
    may("MaxAgeSeconds", &COUNT),
]);
static TEXT_LIST: Shape = list(0, usize::MAX, &TEXT);
static PUT_VERSIONING: Shape =
    structure(&[IN_BUCKET, may("Status", &TEXT), may("MfaDelete", &TEXT), OWNER]);
static LIST_VERSIONS: Shape = structure(&[
    IN_BUCKET,
    may("Prefix", &TEXT),
    may("Delimiter", &TEXT),
    may("KeyMarker", &TEXT),
    may("VersionIdMarker", &TEXT),
    may("MaxKeys", &COUNT),
    may("EncodingType", &TEXT),
    OWNER,
]);
static LIST_OBJECTS: Shape = structure(&[
    IN_BUCKET,
    may("Prefix", &TEXT),
    may("Delimiter", &TEXT),
    may("Marker", &TEXT),
    may("MaxKeys", &COUNT),
    may("EncodingType", &TEXT),
    OWNER,
]);
static LIST_OBJECTS_V2: Shape = structure(&[
    IN_BUCKET,
    may("Prefix", &TEXT),
    may("Delimiter", &TEXT),
    may("StartAfter", &TEXT),
    may("ContinuationToken", &TEXT),
    may("MaxKeys", &COUNT),
    may("EncodingType", &TEXT),
    may("FetchOwner", &FLAG),
    OWNER,
]);
static OBJECT: Shape = structure(&[IN_BUCKET, KEY, OWNER]);
static DELETE_OBJECT: Shape =
    structure(&[IN_BUCKET, KEY, VERSION_ID, may("IfMatch", &TEXT), OWNER]);
static GET_ATTRIBUTES: Shape = structure(&[
    IN_BUCKET,
    KEY,
    VERSION_ID,
    must("ObjectAttributes", &TEXT),
    MAX_PARTS,
    PART_NUMBER_MARKER,
    OWNER,
]);
static GET_OBJECT: Shape = structure(&[
    IN_BUCKET,
    KEY,
    VERSION_ID,
    may("Range", &TEXT),
    may("PartNumber", &COUNT),
    may("IfMatch", &TEXT),
    may("IfNoneMatch", &TEXT),
    may("IfModifiedSince", &TEXT),
    may("IfUnmodifiedSince", &TEXT),
    may("ChecksumMode", &TEXT),
    may("ResponseCacheControl", &TEXT),
    may("ResponseContentDisposition", &TEXT),
    may("ResponseContentEncoding", &TEXT),
    may("ResponseContentLanguage", &TEXT),
    may("ResponseContentType", &TEXT),
    may("ResponseExpires", &TEXT),
    OWNER,
]);
static PUT_OBJECT: Shape = writing!(may("IfMatch", &TEXT), may("IfNoneMatch", &TEXT));
static CREATE_UPLOAD: Shape = writing!(may("ChecksumAlgorithm", &TEXT), may("ChecksumType", &TEXT));
static COPY_OBJECT: Shape = writing!(
    SOURCE,
    SOURCE_IF_MATCH,
    SOURCE_IF_NONE_MATCH,
    SOURCE_IF_MODIFIED,
    SOURCE_IF_UNMODIFIED,
    SOURCE_OWNER,
    may("MetadataDirective", &TEXT),
    may("TaggingDirective", &TEXT),
    may("IfMatch", &TEXT),
    may("IfNoneMatch", &TEXT),
);
static DELETE_OBJECTS: Shape =
    structure(&[IN_BUCKET, must("Objects", &IDENTIFIERS), may("Quiet", &FLAG), OWNER]);
static IDENTIFIERS: Shape = list(0, usize::MAX, &IDENTIFIER);
static IDENTIFIER: Shape = structure(&[KEY, VERSION_ID, may("ETag", &TEXT)]);
static UPLOAD_PART: Shape = structure(&[IN_BUCKET, KEY, UPLOAD_ID, PART_NUMBER, OWNER]);
static UPLOAD_PART_COPY: Shape = structure(&[
    IN_BUCKET,
    KEY,
    UPLOAD_ID,
    PART_NUMBER,
    SOURCE,
    may("CopySourceRange", &TEXT),
    SOURCE_IF_MATCH,
    SOURCE_IF_NONE_MATCH,
    SOURCE_IF_MODIFIED,
    SOURCE_IF_UNMODIFIED,
    OWNER,
    SOURCE_OWNER,
]);
static COMPLETE_UPLOAD: Shape = structure(&[
    IN_BUCKET,
    KEY,
    UPLOAD_ID,
    must("Parts", &PARTS),
    may("IfMatch", &TEXT),
    may("IfNoneMatch", &TEXT),
    may("Checksum", &TEXTS),
    may("ChecksumType", &TEXT),
    may("MpuObjectSize", &TEXT),
    OWNER,
]);
static PARTS: Shape = list(0, usize::MAX, &PART);
static PART: Shape = structure(&[must("ETag", &TEXT), PART_NUMBER, may("Checksum", &TEXTS)]);
static UPLOAD: Shape =
    structure(&[IN_BUCKET, KEY, UPLOAD_ID, OWNER, MAX_PARTS, PART_NUMBER_MARKER]);
static LIST_UPLOADS: Shape = structure(&[
    IN_BUCKET,
    may("Prefix", &TEXT),
    may("KeyMarker", &TEXT),
    may("UploadIdMarker", &TEXT),
    may("MaxUploads", &COUNT),
    may("EncodingType", &TEXT),
    OWNER,
]);
static PUT_TAGGING: Shape = structure(&[IN_BUCKET, KEY, must("TagSet", &TAGS), OWNER]);
static TAGS: Shape = list(0, usize::MAX, &TAG);
static TAG: Shape = structure(&[KEY, must("Value", &TEXT)]);
