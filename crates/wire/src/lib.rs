#![doc = include_str!("../README.md")]

pub mod answer;
pub mod client;
pub mod codeconnections;
pub mod codepipeline;
pub mod constraint;
pub mod dispatch;
pub mod entra;
pub mod error;
pub mod form;
pub mod google;
pub mod iam;
pub mod input;
pub mod json;
pub mod limits;
pub mod moment;
pub mod query;
pub mod request;
pub mod s3;
pub mod secretsmanager;
pub mod service;
pub mod shape;
pub mod sigv4;
pub mod ssm;
pub mod sts;
pub mod token;
pub mod towpath;
pub mod xml;

mod secret_text;
mod shapes;

pub use answer::{Answer, encode, encode_error};
pub use dispatch::{Call, Protocol, Route, Unroutable, dispatch};
pub use error::AwsError;
pub use input::{Input, check, decode, typed};
pub use moment::Moment;
pub use request::Request;
pub use service::Service;
pub use token::TokenKey;
