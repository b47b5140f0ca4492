//! The decision: Kafka's `StandardAuthorizer`, with groups, pools and role bindings. Pure.

use std::{net::IpAddr, sync::Arc};

use super::{
    acl::{Acl, Permission},
    binding::RoleBinding,
    decision::{Decision, RuleName},
    index::{Entry, Shelf, Side},
    operation::{Operation, Operations},
    pattern::PatternType,
    principal::{Grantee, SuperPrincipal},
    resource::{Resource, ResourceType},
    rule::Rule,
    who::Who,
};
use crate::identity::{Organization, Principal};

/// What a cluster's requests are decided by, before it is indexed.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The cluster's organization: sessions of another are refused everything.
    pub organization: Organization,
    /// Its ACLs.
    pub acls: Vec<Acl>,
    /// Role bindings that cover it.
    pub role_bindings: Vec<Arc<RoleBinding>>,
    /// Its super principals.
    pub super_principals: Vec<SuperPrincipal>,
    /// Whether everyone may do everything to resources that no rule is about:
    /// `allow.everyone.if.no.acl.found`.
    pub allow_if_no_acl: bool,
}

/// A cluster's policy, ready to decide. Immutable.
#[derive(Debug)]
pub struct Authorizer {
    organization: Organization,
    rules: Vec<Rule>,
    super_principals: Vec<SuperPrincipal>,
    deny: Side,
    allow: Side,
    /// Every rule once more, whoever it is for; only where it matters that there is none.
    covered: Option<Shelf>,
}

/// Which rules can concern a session; means something to the authorizer that made it alone.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// Whether the session's organization is the cluster's.
    native: bool,
    super_principal: Option<usize>,
    /// Places in the sides of the same names.
    allow: Vec<usize>,
    deny: Vec<usize>,
    address: IpAddr,
}

impl Authorizer {
    /// Indexes `policy`.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        let acls = policy.acls.into_iter().map(Rule::Acl);
        let bindings = policy.role_bindings.into_iter().map(Rule::RoleBinding);
        let rules: Vec<Rule> = acls.chain(bindings).collect();
        let (mut deny, mut allow, mut covered) = (Vec::new(), Vec::new(), Vec::new());
        for (place, rule) in rules.iter().enumerate() {
            for placed in rule.placed(place) {
                if policy.allow_if_no_acl {
                    covered.push(placed.clone());
                }
                match rule.permission() {
                    Permission::Deny => deny.push(placed),
                    Permission::Allow => allow.push(placed),
                }
            }
        }
        Self {
            organization: policy.organization,
            rules,
            super_principals: policy.super_principals,
            deny: Side::new(deny),
            allow: Side::new(allow),
            covered: policy.allow_if_no_acl.then(|| Shelf::new(covered)),
        }
    }

    /// Whether `who` may do `operation` to `resource`: super principals may, else a DENY decides,
    /// else an ALLOW or a role, else `allow_if_no_acl` where no rule is about the resource
    /// (`StandardAuthorizerData.authorize`).
    #[must_use]
    pub fn decide(&self, who: &Who, operation: Operation, resource: &Resource<'_>) -> Decision<'_> {
        self.judge(&self.reach(who), operation, resource)
    }

    /// Whether `who` may do `operation` to some resource of a type, whatever it is called: what
    /// idempotent producers are asked (`Authorizer.authorizeByResourceType`).
    #[must_use]
    pub fn decide_by_resource_type(
        &self,
        who: &Who,
        operation: Operation,
        resource_type: ResourceType,
    ) -> Decision<'_> {
        self.judge_by_type(&self.reach(who), operation, resource_type)
    }

    /// Kafka's `authorized_operations` of `resource` for `who`: bit n is set where the operation of
    /// code n is asked of such resources and allowed.
    #[must_use]
    pub fn authorized_operations(&self, who: &Who, resource: &Resource<'_>) -> i32 {
        let allowed = self.allowed(&self.reach(who), resource);
        let supported = Operations::supported(resource.resource_type);
        allowed.intersection(supported).bitfield()
    }

    /// Whether `who` may connect at all: some rule allows it something, or nothing needs a rule.
    #[must_use]
    pub fn admits(&self, who: &Who) -> bool {
        let reach = self.reach(who);
        reach.native
            && (reach.super_principal.is_some()
                || !reach.allow.is_empty()
                || self.covered.is_some())
    }

    /// Its ACLs and role bindings.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Its super principals.
    #[must_use]
    pub fn super_principals(&self) -> &[SuperPrincipal] {
        &self.super_principals
    }

    /// What can concern `who`, found once for many decisions.
    pub(super) fn reach(&self, who: &Who) -> Reach {
        let native = who.organization == self.organization;
        let super_principal = self.super_principals.iter().position(|one| who.is(one));
        let places = |side: &Side, principals: &[Principal]| {
            let principals = principals.iter().cloned().map(Grantee::One);
            let mut places: Vec<usize> = principals
                .chain([Grantee::Everyone])
                .filter_map(|grantee| side.place_of(&grantee))
                .collect();
            // A token may name a group twice.
            places.sort_unstable();
            places.dedup();
            places
        };
        Reach {
            native,
            super_principal: super_principal.filter(|_| native),
            allow: places(&self.allow, &who.principals),
            deny: places(&self.deny, &who.denied_principals),
            address: who.address,
        }
    }

    /// As [`Self::decide`].
    pub(super) fn judge(
        &self,
        reach: &Reach,
        operation: Operation,
        resource: &Resource<'_>,
    ) -> Decision<'_> {
        if let Some(decision) = self.judge_person(reach) {
            return decision;
        }
        let found = |side: &Side, places: &[usize]| {
            let mut indices = side.about(places, resource.resource_type);
            indices.find_map(|index| {
                let mut entries = index.matching(resource.name);
                let entry = entries.find(|entry| entry.speaks_of(operation, reach.address))?;
                Some(entry.rule)
            })
        };
        if let Some(rule) = found(&self.deny, &reach.deny) {
            return self.by_rule(false, rule);
        }
        if let Some(rule) = found(&self.allow, &reach.allow) {
            return self.by_rule(true, rule);
        }
        if self.is_uncovered(resource) {
            return Decision {
                allowed: true,
                rule: RuleName::NoAcl,
            };
        }
        Decision::NO_RULE
    }

    /// All operations that are allowed on `resource`: [`Self::judge`] of each, in one look.
    pub(super) fn allowed(&self, reach: &Reach, resource: &Resource<'_>) -> Operations {
        if let Some(decision) = self.judge_person(reach) {
            return if decision.allowed {
                Operations::ALL
            } else {
                Operations::NONE
            };
        }
        let said = |side: &Side, places: &[usize]| {
            let mut all = Operations::NONE;
            for index in side.about(places, resource.resource_type) {
                let entries = index.matching(resource.name);
                for entry in entries.filter(|entry| entry.host.matches(reach.address)) {
                    all = all.union(entry.answers);
                }
            }
            all
        };
        let allowed = if self.is_uncovered(resource) {
            Operations::ALL
        } else {
            said(&self.allow, &reach.allow)
        };
        if allowed.is_empty() {
            return Operations::NONE;
        }
        allowed.without(said(&self.deny, &reach.deny))
    }

    /// As [`Self::decide_by_resource_type`]; step by step Kafka's default implementation, which
    /// `StandardAuthorizer` keeps.
    pub(super) fn judge_by_type(
        &self,
        reach: &Reach,
        operation: Operation,
        resource_type: ResourceType,
    ) -> Decision<'_> {
        // Kafka asks for this name so that super users and `allow_if_no_acl` pass, whatever else
        // there is.
        let hardcoded = Resource {
            resource_type,
            name: "hardcode",
        };
        let decision = self.judge(reach, operation, &hardcoded);
        if decision.allowed || !reach.native {
            return decision;
        }
        let names = |entry: &&Entry| entry.names(operation, reach.address);
        let denied = || self.deny.about(&reach.deny, resource_type);
        let allowed = || self.allow.about(&reach.allow, resource_type);
        if let Some(entry) = denied().flat_map(|index| index.any()).find(names) {
            return self.by_rule(false, entry.rule);
        }
        if let Some(entry) = allowed().flat_map(|index| index.any()).find(names) {
            return self.by_rule(true, entry.rule);
        }
        for (pattern_type, name, entries) in allowed().flat_map(|index| index.named()) {
            let Some(entry) = entries.iter().find(names) else {
                continue;
            };
            let literal = pattern_type == PatternType::Literal;
            let dominated = denied().any(|index| {
                index.prefixes_of(name).any(|entry| names(&entry))
                    || (literal && index.literal(name).iter().any(|entry| names(&entry)))
            });
            if !dominated {
                return self.by_rule(true, entry.rule);
            }
        }
        Decision::NO_RULE
    }

    /// What follows from who somebody is, before any rule.
    fn judge_person(&self, reach: &Reach) -> Option<Decision<'_>> {
        if !reach.native {
            return Some(Decision::NO_RULE);
        }
        let super_principal = self.super_principals.get(reach.super_principal?)?;
        Some(Decision {
            allowed: true,
            rule: RuleName::SuperPrincipal(super_principal),
        })
    }

    /// Whether no rule is about `resource`, and everyone may do what no rule is about. A rule for
    /// anybody, anywhere and any operation counts.
    fn is_uncovered(&self, resource: &Resource<'_>) -> bool {
        let Some(covered) = &self.covered else {
            return false;
        };
        let index = covered.about(resource.resource_type);
        index.is_none_or(|index| index.matching(resource.name).next().is_none())
    }

    fn by_rule(&self, allowed: bool, place: usize) -> Decision<'_> {
        match self.rules.get(place) {
            Some(rule) => Decision {
                allowed,
                rule: RuleName::Rule(rule),
            },
            // Places come from enumerating the rules; were one wrong, nobody gets in by it.
            None => Decision::NO_RULE,
        }
    }
}
