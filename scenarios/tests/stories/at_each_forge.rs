//! The six kinds of forges, for stories that are told at each.

/// Each story is told six times.
macro_rules! at_each_forge {
    ($($story:ident)*) => { $(mod $story {
        use domain::connection::ProviderType;

        #[tokio::test(flavor = "multi_thread")]
        async fn github() {
            super::$story(ProviderType::GitHub).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn github_enterprise_server() {
            super::$story(ProviderType::GitHubEnterpriseServer).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn gitlab() {
            super::$story(ProviderType::GitLab).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn gitlab_self_managed() {
            super::$story(ProviderType::GitLabSelfManaged).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn bitbucket() {
            super::$story(ProviderType::Bitbucket).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn bitbucket_server() {
            super::$story(ProviderType::BitbucketServer).await;
        }
    })* };
}
