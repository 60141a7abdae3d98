//! A certificate with which a service principal signs in where nothing vouches for its workload.
//!
//! The private key is made on this machine, written once, and known to nothing else: the plan and
//! the journal hold the public half.

use super::{Address, Known, Method, Noun, Outputs, Remains, Request, Right, Service, pick};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub name: String,
    /// Where the key and the certificate are written, as PEM with mode 0600.
    pub file: String,
}

impl Certificate {
    fn request(&self, method: Method) -> Request {
        Request::new(method, Service::ThisMachine, self.file.clone())
    }
}

impl Noun for Certificate {
    fn title(&self) -> String {
        format!("certificate {} in {}", self.name, self.file)
    }

    fn needs(&self) -> Vec<&Address> {
        Vec::new()
    }

    fn rights(&self) -> Vec<Right> {
        Vec::new()
    }

    fn look(&self, _: &Known) -> Option<Request> {
        Some(self.request(Method::Get))
    }

    fn make(&self, _: &Known, _: Option<&Value>) -> Option<Request> {
        Some(self.request(Method::Put).body(json!({ "name": self.name })))
    }

    fn outputs(&self, _: &Known, answer: &Value) -> Outputs {
        pick(answer, &[("file", "/file"), ("public", "/public")])
    }

    fn unmake(&self, _: &Remains<'_>) -> Option<Request> {
        Some(self.request(Method::Delete))
    }
}
