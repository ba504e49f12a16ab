//! Users, groups and roles themselves.

use super::Tag;
use crate::moment::Moment;
use crate::shapes::shapes;

shapes! { "PascalCase";
    AttachedPermissionsBoundary {
        permissions_boundary_type: String,
        permissions_boundary_arn: String,
    } optional {}

    /// When a role was last used, which is not kept: it is there for those who look into it.
    RoleLastUsed {} optional {}

    Role {
        path: String,
        role_name: String,
        role_id: String,
        arn: String,
        create_date: Moment,
        /// URL-encoded.
        assume_role_policy_document: String,
        max_session_duration: u32,
    } optional {
        description: String,
        permissions_boundary: AttachedPermissionsBoundary,
        tags: Vec<Tag>,
        role_last_used: RoleLastUsed,
    }

    User {
        path: String,
        user_name: String,
        user_id: String,
        arn: String,
        create_date: Moment,
    } optional {
        permissions_boundary: AttachedPermissionsBoundary,
        tags: Vec<Tag>,
    }

    Group {
        path: String,
        group_name: String,
        group_id: String,
        arn: String,
        create_date: Moment,
    } optional {}

    CreateRoleInput { role_name: String, assume_role_policy_document: String } optional {
        path: String,
        description: String,
        max_session_duration: u32,
        permissions_boundary: String,
        tags: Vec<Tag>,
    }
    RoleOutput { role: Role } optional {}
    UpdateRoleInput { role_name: String } optional {
        description: String,
        max_session_duration: u32,
    }
    UpdateRoleDescriptionInput { role_name: String, description: String } optional {}
    UpdateAssumeRolePolicyInput { role_name: String, policy_document: String } optional {}

    CreateUserInput { user_name: String } optional {
        path: String,
        permissions_boundary: String,
        tags: Vec<Tag>,
    }
    UserOutput { user: User } optional {}
    /// No name: the caller's own.
    GetUserInput {} optional { user_name: String }
    UpdateUserInput { user_name: String } optional { new_path: String, new_user_name: String }

    CreateGroupInput { group_name: String } optional { path: String }
    GroupOutput { group: Group } optional {}
    GetGroupOutput { group: Group, users: Vec<User>, is_truncated: bool } optional { marker: String }
    UpdateGroupInput { group_name: String } optional { new_path: String, new_group_name: String }
    GroupMember { group_name: String, user_name: String } optional {}

    /// A page of an account's users, groups or roles.
    ListInput {} optional { path_prefix: String, marker: String, max_items: u32 }
    ListRolesOutput { roles: Vec<Role>, is_truncated: bool } optional { marker: String }
    ListUsersOutput { users: Vec<User>, is_truncated: bool } optional { marker: String }
    ListGroupsOutput { groups: Vec<Group>, is_truncated: bool } optional { marker: String }
    ListTagsOutput { tags: Vec<Tag>, is_truncated: bool } optional { marker: String }
}
