//! OIDC providers.

use super::Tag;
use crate::moment::Moment;
use crate::shapes::shapes;

shapes! { "PascalCase";
    CreateOpenIdConnectProviderInput { url: String } optional {
        #[serde(rename = "ClientIDList")]
        client_ids: Vec<String>,
        thumbprint_list: Vec<String>,
        tags: Vec<Tag>,
    }
    CreateOpenIdConnectProviderOutput {
        #[serde(rename = "OpenIDConnectProviderArn")]
        arn: String,
    } optional { tags: Vec<Tag> }
    ProviderNamed {
        #[serde(rename = "OpenIDConnectProviderArn")]
        arn: String,
    } optional {}
    GetOpenIdConnectProviderOutput {
        /// Without its scheme.
        url: String,
        #[serde(rename = "ClientIDList")]
        client_ids: Vec<String>,
        thumbprint_list: Vec<String>,
        create_date: Moment,
        tags: Vec<Tag>,
    } optional {}
    ListOpenIdConnectProvidersInput {} optional {}
    ProviderEntry { arn: String } optional {}
    ListOpenIdConnectProvidersOutput {
        #[serde(rename = "OpenIDConnectProviderList")]
        providers: Vec<ProviderEntry>,
    } optional {}
    ProviderClient {
        #[serde(rename = "OpenIDConnectProviderArn")]
        arn: String,
        #[serde(rename = "ClientID")]
        client_id: String,
    } optional {}
    UpdateThumbprintInput {
        #[serde(rename = "OpenIDConnectProviderArn")]
        arn: String,
        thumbprint_list: Vec<String>,
    } optional {}
    TagProviderInput {
        #[serde(rename = "OpenIDConnectProviderArn")]
        arn: String,
        tags: Vec<Tag>,
    } optional {}
    UntagProviderInput {
        #[serde(rename = "OpenIDConnectProviderArn")]
        arn: String,
        tag_keys: Vec<String>,
    } optional {}
    PagedProvider {
        #[serde(rename = "OpenIDConnectProviderArn")]
        arn: String,
    } optional { marker: String, max_items: u32 }
}
