//! `[listeners.proxy_protocol]`: whose word on the client's address is taken.

use super::{finding::Findings, section::Section};
use crate::{policy::host::Host, snapshot::listener::ProxyProtocol};

/// Reads the section.
pub(super) fn read(section: &Section<'_>, findings: &mut Findings) -> Option<ProxyProtocol> {
    let path = section.path_of("trusted");
    let items = section.texts("trusted", findings);
    if items.as_ref().is_none_or(Vec::is_empty) {
        let problem = "is missing; write the addresses of the balancers in front, as in \
                       [\"10.0.0.0/8\"]";
        findings.fault(&path, "", problem);
    }
    let mut trusted = Vec::new();
    for item in items? {
        match item.text.parse() {
            Ok(Host::Any) => {
                let problem = "would let every client choose its address; write the networks of \
                               the balancers in front";
                findings.fault(&item.path, item.text, problem);
            }
            Ok(host) => {
                if matches!(host, Host::Network { length: 0, .. }) {
                    let problem = "lets every client choose the address that limits, rules and \
                                   the audit see";
                    findings.warn(&item.path, item.text, problem);
                }
                trusted.push(host);
            }
            Err(fault) => findings.fault(&item.path, item.text, fault.to_string()),
        }
    }
    let optional = section.has("required") && !section.flag("required", findings);
    Some(ProxyProtocol {
        trusted,
        required: !optional,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::settings::{document::Document, schema};

    fn told(text: &str) -> (Option<ProxyProtocol>, Vec<String>) {
        let mut findings = Findings::default();
        let document = Document::parse(text, &mut findings).unwrap();
        let section = Section::open(
            String::new(),
            document.root(),
            schema::LISTENER_PROXY,
            &mut findings,
        );
        let read = read(&section, &mut findings);
        let findings = findings.sorted(|path| document.line_of(path));
        (read, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_header_is_required_unless_it_is_not() {
        for (rest, required) in [
            ("", true),
            ("required = true", true),
            ("required = false", false),
        ] {
            let text = format!("trusted = [\"10.0.0.0/8\", \"2001:db8::1\"]\n{rest}");
            let (read, findings) = told(&text);
            assert_eq!(findings, Vec::<String>::new());
            let read = read.unwrap();
            assert_eq!((read.required, read.trusted.len()), (required, 2));
        }
    }

    #[test]
    fn trust_without_bounds_is_refused_or_told() {
        for (text, words) in [
            ("", "is missing"),
            ("trusted = []", "is missing"),
            ("trusted = [\"*\"]", "every client choose"),
            ("trusted = [\"0.0.0.0/0\"]", "every client choose"),
            ("trusted = [\"10.0.0.1/8\"]", "not the first address"),
            ("trusted = [\"balancer.example.com\"]", "never looked up"),
        ] {
            let (_, findings) = told(text);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].contains(words), "{}", findings[0]);
        }
    }
}
