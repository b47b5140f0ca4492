//! stub
use super::*;
pub(super) struct Docker;
pub(crate) struct Module;
impl Docker {
    pub(super) fn start(_: &Wanted, _: &Path) -> Self {
        Docker
    }
}
pub(super) fn missing() -> Option<String> {
    Some("stub".into())
}
pub(super) fn image() -> String {
    String::new()
}
impl Brokers for Docker {
    fn nodes(&self) -> Vec<i32> {
        vec![]
    }
    fn address(&self, _: i32, _: Protocol) -> String {
        String::new()
    }
    fn ca(&self) -> &Path {
        Path::new("")
    }
    fn stop(&mut self, _: i32) {}
    fn start(&mut self, _: i32) {}
}
