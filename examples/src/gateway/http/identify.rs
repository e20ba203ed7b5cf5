//! Who has sent a request: Basic credentials. RFC 7617

use http_lite::auth::Basic;

use super::reply::Reply;
use super::request::Request;
use crate::gateway::guard::{Credentials, Denied, Guard, Identity};

impl Guard {
    /// Who has sent a request? Who does not say is anonymous.
    ///
    /// # Errors
    ///
    /// The answer: 401 if it is not true, 503 if there are too many to ask.
    pub(super) async fn identify_request(&self, request: &Request<'_>) -> Result<Identity, Reply> {
        const WRONG: &str = "the name or the password is wrong";
        if !self.asks() {
            return Ok(Identity::ANONYMOUS);
        }
        let Some(value) = request.single("Authorization")? else {
            return Ok(Identity::ANONYMOUS);
        };
        let mut out = vec![0; value.as_bytes().len()];
        let Ok(basic) = Basic::decode(value.as_bytes(), &mut out) else {
            return Err(Reply::unauthorized("the credentials are not Basic ones"));
        };
        let Ok(name) = std::str::from_utf8(basic.user()) else {
            return Err(Reply::unauthorized(WRONG));
        };
        let credentials = Credentials { name, password: basic.password() };
        self.identify(&credentials).await.map_err(|denied| match denied {
            Denied::Wrong => Reply::unauthorized(WRONG),
            Denied::Busy => Reply::unavailable("too many passwords to look at"),
        })
    }
}
