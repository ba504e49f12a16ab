//! Access keys of users.

use crate::moment::Moment;
use crate::secret_text;
use crate::shapes::shapes;
use domain::{AccessKeyId, Secret};

shapes! { "PascalCase";
    AccessKey {
        user_name: String,
        access_key_id: AccessKeyId,
        status: String,
        /// This is the only time that it is given out.
        #[serde(with = "secret_text")]
        secret_access_key: Secret,
        create_date: Moment,
    } optional {}
    AccessKeyMetadata {
        user_name: String,
        access_key_id: AccessKeyId,
        status: String,
        create_date: Moment,
    } optional {}

    /// No name: the caller's own.
    CreateAccessKeyInput {} optional { user_name: String }
    CreateAccessKeyOutput { access_key: AccessKey } optional {}
    ListAccessKeysInput {} optional { user_name: String, marker: String, max_items: u32 }
    ListAccessKeysOutput { access_key_metadata: Vec<AccessKeyMetadata>, is_truncated: bool }
        optional { marker: String }
    UpdateAccessKeyInput { access_key_id: AccessKeyId, status: String } optional {
        user_name: String,
    }
    GetAccessKeyLastUsedInput { access_key_id: AccessKeyId } optional {}
    GetAccessKeyLastUsedOutput { user_name: String, access_key_last_used: AccessKeyLastUsed }
        optional {}
    /// Of a key that was never used service and region are `N/A`, and there is no date.
    AccessKeyLastUsed { service_name: String, region: String } optional { last_used_date: Moment }
    DeleteAccessKeyInput { access_key_id: AccessKeyId } optional { user_name: String }
}
