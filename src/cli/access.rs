//! The part of `oathgate explain` about requests: arguments to operations on resources, and the
//! decisions to text and JSON.

use std::{
    io::{self, Write},
    net::IpAddr,
};

use serde_json::{Value, json};

use crate::{
    app::{Access, Explained},
    policy::{
        operation::{AclOperation, Operation, Operations},
        resource::{CLUSTER_NAME, ResourceType},
    },
};

/// Arguments that ask what the session might do.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// An operation that the session would ask for, as Kafka spells it (READ, WRITE, ...); may be repeated
    #[arg(long, value_name = "OPERATION", conflicts_with = "login_id")]
    operation: Vec<String>,
    /// A topic that it is for; may be repeated. Without any resource it is for the cluster itself
    #[arg(long, value_name = "NAME", requires = "operation")]
    topic: Vec<String>,
    /// A group that it is for; may be repeated
    #[arg(long, value_name = "NAME", requires = "operation")]
    group: Vec<String>,
    /// A transactional id that it is for; may be repeated
    #[arg(long, value_name = "NAME", requires = "operation")]
    transactional_id: Vec<String>,
    /// The client's address, which ACLs may look at
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    client_address: IpAddr,
}

impl Arguments {
    /// What is asked for; `None` = nothing.
    ///
    /// # Errors
    /// Which argument is wrong, and what may stand there.
    pub(super) fn read(&self) -> Result<Option<Access>, String> {
        if self.operation.is_empty() {
            return Ok(None);
        }
        let operations = self.operation.iter().map(|name| parse_operation(name));
        let operations = operations.collect::<Result<Vec<_>, _>>()?;
        let named = [
            (ResourceType::Topic, &self.topic),
            (ResourceType::Group, &self.group),
            (ResourceType::TransactionalId, &self.transactional_id),
        ];
        let mut resources: Vec<_> = named
            .into_iter()
            .flat_map(|(kind, names)| names.iter().map(move |name| (kind, name.clone())))
            .collect();
        if resources.is_empty() {
            resources.push((ResourceType::Cluster, CLUSTER_NAME.to_owned()));
        }
        for operation in &operations {
            for (kind, name) in &resources {
                check_pair(*operation, *kind, name)?;
            }
        }
        Ok(Some(Access {
            operations,
            resources,
            address: self.client_address,
        }))
    }
}

fn parse_operation(name: &str) -> Result<Operation, String> {
    match AclOperation::parse(&name.to_ascii_uppercase()) {
        Some(AclOperation::One(operation)) => Ok(operation),
        Some(AclOperation::All) | None => Err(format!(
            "--operation {name}: is none of {}",
            names(Operations::ALL)
        )),
    }
}

fn check_pair(operation: Operation, kind: ResourceType, name: &str) -> Result<(), String> {
    let possible = Operations::supported(kind);
    if possible.contains(operation) {
        return Ok(());
    }
    let hint = match kind {
        ResourceType::Cluster => "; name a resource by --topic, --group or --transactional-id",
        _ => "",
    };
    Err(format!(
        "--operation {}: is never asked of {kind}:{name}; there are {}{hint}",
        operation.as_str(),
        names(possible)
    ))
}

fn names(operations: Operations) -> String {
    let names: Vec<&str> = operations.iter().map(Operation::as_str).collect();
    names.join(", ")
}

/// One line for each decision.
pub(super) fn tell_text(out: &mut dyn Write, explained: &Explained) -> io::Result<()> {
    if explained.rulings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "rules of cluster {}, whose authorization is \"{}\":",
        explained.cluster, explained.authorization
    )?;
    for ruling in &explained.rulings {
        writeln!(out, "{ruling}")?;
    }
    Ok(())
}

/// The decisions as a list.
pub(super) fn as_json(explained: &Explained) -> Value {
    let rulings = explained.rulings.iter().map(|ruling| {
        json!({
            "operation": ruling.operation.as_str(),
            "resource_type": ruling.resource_type.as_str(),
            "resource_name": ruling.resource_name,
            "allowed": ruling.allowed, "rule": ruling.rule,
        })
    });
    rulings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(operation: &[&str], topic: &[&str], group: &[&str]) -> Arguments {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Arguments {
            operation: owned(operation),
            topic: owned(topic),
            group: owned(group),
            transactional_id: Vec::new(),
            client_address: IpAddr::from([10, 0, 0, 1]),
        }
    }

    #[test]
    fn every_operation_is_asked_of_every_resource() {
        assert!(arguments(&[], &[], &[]).read().unwrap().is_none());
        let access = arguments(&["read", "DESCRIBE"], &["a", "b"], &["g"]);
        let access = access.read().unwrap().unwrap();
        assert_eq!(access.operations, [Operation::Read, Operation::Describe]);
        let resources = [
            (ResourceType::Topic, "a".to_owned()),
            (ResourceType::Topic, "b".to_owned()),
            (ResourceType::Group, "g".to_owned()),
        ];
        assert_eq!(access.resources, resources);
        let cluster = arguments(&["CREATE"], &[], &[]).read().unwrap().unwrap();
        let itself = (ResourceType::Cluster, CLUSTER_NAME.to_owned());
        assert_eq!(cluster.resources, [itself]);
    }

    #[test]
    fn what_kafka_never_asks_is_told() {
        for (operation, topic, group, problem) in [
            ("REED", "a", "", "is none of READ"),
            ("ALL", "a", "", "is none of READ"),
            ("WRITE", "", "g", "is never asked of GROUP:g"),
            ("READ", "", "", "name a resource by --topic"),
        ] {
            let some = |name| Some(name).filter(|name: &&str| !name.is_empty());
            let topic: Vec<_> = some(topic).into_iter().collect();
            let group: Vec<_> = some(group).into_iter().collect();
            let told = arguments(&[operation], &topic, &group).read().unwrap_err();
            assert!(told.contains(problem), "{told}");
        }
    }
}
