//! `oathgate explain`: how a login with a token would go, check by check, or what became of one
//! that was made. Never prints a token, a signature or a secret.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};

use super::{Format, USAGE, access, environment, past_login, shown};
use crate::{
    app::{self, Explained, Question},
    control::{
        settings::{self, Checked},
        tls,
    },
    identity::{Identity, Matched, PoolId, Reason, Refusal, Told, Verdict},
    secret::Secret,
};

/// Largest file that a token or a certificate is read from: four times the largest token.
const TOKEN_FILE_MAX: u64 = 64 * 1024;

/// Arguments of `oathgate explain`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(super) struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "oathgate.toml")]
    config: PathBuf,
    /// A file with the token to be explained
    #[arg(long, value_name = "FILE", group = "what")]
    token_file: Option<PathBuf>,
    /// The id that a refused client was told; looked up in the audit file of the configuration
    #[arg(long, value_name = "ID", group = "what", conflicts_with_all = ["cluster", "pool"])]
    login_id: Option<String>,
    /// The cluster that the client wants (`logicalCluster`); needed where there are several
    #[arg(long, value_name = "ID")]
    cluster: Option<String>,
    /// A pool that the client names (`identityPoolId`); may be repeated
    #[arg(long, value_name = "ID")]
    pool: Vec<String>,
    /// PEM: the certificate that the client shows, for tokens that are bound to it
    #[arg(long, value_name = "FILE", conflicts_with = "login_id")]
    client_certificate: Option<PathBuf>,
    #[command(flatten)]
    access: access::Arguments,
    /// Lines of text, or one JSON object; both on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// 0 if the login would be, or was, accepted, and all that was asked for allowed; 1 if not, or if
/// nobody can tell; 64 for a fault of the configuration or the arguments.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let checked = match load(&arguments.config) {
        Ok(checked) => checked,
        Err(faults) => return usage(&faults),
    };
    if let Some(login_id) = &arguments.login_id {
        return past_login::run(&checked, login_id, arguments.format);
    }
    let Some(path) = &arguments.token_file else {
        return usage("write --token-file or --login-id");
    };
    match explain(&checked, path, arguments) {
        Ok(explained) => tell(&explained, arguments.format),
        Err(problem) => usage(&problem),
    }
}

/// What cannot be done as it was asked for.
pub(super) fn usage(problem: &str) -> ExitCode {
    // A closed standard error leaves nobody to tell.
    drop(writeln!(io::stderr().lock(), "{problem}"));
    ExitCode::from(USAGE)
}

/// The configuration of `file`, or its faults, a line each.
pub(super) fn load(file: &Path) -> Result<Checked, String> {
    settings::load(file, &environment).map_err(|findings| {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

fn explain(checked: &Checked, path: &Path, arguments: &Arguments) -> Result<Explained, String> {
    let access = arguments.access.read()?;
    let token = read_token(path)
        .map_err(|problem| format!("{}: cannot be read: {problem}", shown(path)))?;
    let pools = parse_pools(&arguments.pool)?;
    let certificate = arguments.client_certificate.as_deref();
    let certificate = certificate.map(read_certificate).transpose()?;
    let question = Question {
        checked,
        token: &token,
        cluster: arguments.cluster.as_deref(),
        pools: pools.as_deref(),
        certificate: certificate.as_deref(),
        access: access.as_ref(),
    };
    app::explain(&question).map_err(|error| error.to_string())
}

/// The first certificate of a PEM file.
fn read_certificate(path: &Path) -> Result<CertificateDer<'static>, String> {
    let told = |problem: String| format!("{}: {problem}", shown(path));
    let pem = read_bounded(path).map_err(|problem| told(format!("cannot be read: {problem}")))?;
    let chain = tls::parse_certificates(pem.expose().as_bytes());
    let chain = chain.map_err(|problem| told(problem.to_string()))?;
    let first = chain.into_iter().next();
    first.ok_or_else(|| told("holds no certificate".to_owned()))
}

fn read_token(path: &Path) -> io::Result<Secret> {
    let text = read_bounded(path)?;
    let token = text.expose().trim_end_matches(['\n', '\r']);
    Ok(Secret::new(token.to_owned()))
}

/// The beginning of a file; what it holds is kept as a secret, for it may be the wrong one.
fn read_bounded(path: &Path) -> io::Result<Secret> {
    let mut text = String::new();
    File::open(path)?
        .take(TOKEN_FILE_MAX)
        .read_to_string(&mut text)?;
    Ok(Secret::new(text))
}

fn parse_pools(named: &[String]) -> Result<Option<Vec<PoolId>>, String> {
    let parse = |id: &str| {
        PoolId::parse(id).map_err(|_| {
            format!("--pool {id}: is no pool id; they are pool- and letters, digits and -")
        })
    };
    let ids = named.iter().flat_map(|list| list.split(','));
    let pools = ids.map(parse).collect::<Result<Vec<_>, _>>()?;
    Ok((!pools.is_empty()).then_some(pools))
}

fn tell(explained: &Explained, format: Format) -> ExitCode {
    let mut out = io::stdout().lock();
    let told = match format {
        Format::Text => tell_text(&mut out, explained),
        Format::Json => writeln!(out, "{}", as_json(explained)),
    };
    let allowed = explained.rulings.iter().all(|ruling| ruling.allowed);
    match told {
        Ok(()) if allowed && ending(explained).code.is_none() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// How it ends, in the words of the server.
struct Ending {
    /// The reason code; `None` = accepted.
    code: Option<Reason>,
    detail: String,
}

fn ending(explained: &Explained) -> Ending {
    let no = |code, detail: String| Ending {
        code: Some(code),
        detail,
    };
    match (&explained.explanation.verdict, explained.admitted) {
        (Verdict::Accepted(identity), Some(true)) => Ending {
            code: None,
            detail: format!("the session would be {}", identity.primary),
        },
        (Verdict::Accepted(identity), _) => {
            let (what, cluster) = (explained.lacking, &explained.cluster);
            let primary = &identity.primary;
            let detail = format!("{what} of cluster {cluster} speaks for {primary}");
            no(Reason::ClusterNotAllowed, detail)
        }
        (
            Verdict::Refused(refusal)
            | Verdict::Unavailable(refusal)
            | Verdict::KeyWanted {
                otherwise: refusal, ..
            },
            _,
        ) => {
            let Refusal { reason, detail, .. } = refusal;
            no(*reason, detail.clone())
        }
        (Verdict::Introspect(provider), _) => {
            let detail = format!("{} did not say whether it is active", provider.name);
            no(Reason::IntrospectionUnavailable, detail)
        }
    }
}

fn principals(identity: &Identity) -> Vec<String> {
    identity.principals().map(|p| p.to_string()).collect()
}

fn word(matched: &Matched) -> String {
    match matched {
        Matched::Yes => "yes".to_owned(),
        Matched::No => "no".to_owned(),
        Matched::Error(why) => format!("error: {why}"),
    }
}

fn tell_text(out: &mut dyn Write, explained: &Explained) -> io::Result<()> {
    let explanation = &explained.explanation;
    for problem in &explained.unreachable {
        writeln!(out, "note  {problem}")?;
    }
    for step in &explanation.steps {
        match &step.failure {
            None => writeln!(out, "pass  {}", step.check.name())?,
            Some(failure) => writeln!(out, "FAIL  {}: {failure}", step.check.name())?,
        }
    }
    if let Some(admitted) = explained.admitted {
        let word = if admitted { "pass" } else { "FAIL" };
        writeln!(out, "{word}  `allow` of cluster {}", explained.cluster)?;
    }
    for (name, value) in &explanation.claims {
        writeln!(out, "claim {name} = {value}")?;
    }
    for pool in &explanation.pools {
        writeln!(out, "pool  {}: {}", pool.id, word(&pool.matched))?;
        for (clause, matched) in pool.clauses.iter().filter(|_| pool.matched != Matched::Yes) {
            writeln!(out, "      {clause}: {}", word(matched))?;
        }
    }
    if let Verdict::Accepted(identity) = &explanation.verdict {
        writeln!(out, "acts  as {}", principals(identity).join(", "))?;
        writeln!(out, "is    {} of {}", identity.claim, identity.provider)?;
    }
    access::tell_text(out, explained)?;
    let Ending { code, detail } = ending(explained);
    match code {
        None => writeln!(out, "ACCEPTED: {detail}"),
        Some(reason) => {
            let way = match reason.told() {
                Told::Refuse => {
                    format!("REFUSED; the client is told {}", reason.disclosed().code())
                }
                Told::Close => {
                    "CLOSED without an answer, so that the client tries again".to_owned()
                }
            };
            writeln!(out, "{way}: {}: {detail}", reason.code())?;
            writeln!(
                out,
                "what to do: docs/TROUBLESHOOTING.md, {}",
                reason.code()
            )
        }
    }
}

fn as_json(explained: &Explained) -> Value {
    let explanation = &explained.explanation;
    let steps = explanation.steps.iter().map(|step| {
        json!({
            "check": step.check.name(), "passed": step.failure.is_none(), "failure": step.failure,
        })
    });
    let claims = explanation.claims.iter();
    let pools = explanation.pools.iter().map(|pool| {
        let clauses = pool.clauses.iter();
        let clauses =
            clauses.map(|(text, matched)| json!({ "text": text, "matches": word(matched) }));
        json!({
            "id": pool.id.as_str(), "matches": word(&pool.matched),
            "clauses": clauses.collect::<Vec<_>>(),
        })
    });
    let identity = match &explanation.verdict {
        Verdict::Accepted(identity) => json!({
            "provider": identity.provider.as_str(), "identity": identity.claim,
            "subject": identity.subject, "client_id": identity.client_id, "jti": identity.jti,
            "primary": identity.primary.to_string(), "principals": principals(identity),
            "expires_at": identity.expires_at.as_secs(),
        }),
        _ => Value::Null,
    };
    let Ending { code, detail } = ending(explained);
    json!({
        "accepted": code.is_none(), "reason": code.map(Reason::code), "detail": detail,
        "told": code.filter(|code| code.told() == Told::Refuse).map(|code| code.disclosed().code()),
        "cluster": explained.cluster.as_str(), "admitted": explained.admitted,
        "unreachable": explained.unreachable, "steps": steps.collect::<Vec<_>>(),
        "claims": claims.map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
        "pools": pools.collect::<Vec<_>>(), "identity": identity,
        "authorization": explained.authorization, "decisions": access::as_json(explained),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_named_one_by_one_or_as_a_list() {
        let named = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|id| (*id).to_owned()).collect();
            parse_pools(&list).map(|pools| pools.map(|pools| pools.len()))
        };
        assert_eq!(named(&[]), Ok(None));
        assert_eq!(named(&["pool-a", "pool-b"]), Ok(Some(2)));
        assert_eq!(named(&["pool-a,pool-b"]), Ok(Some(2)));
        assert!(named(&["a"]).is_err());
    }

    #[test]
    fn a_token_file_may_end_with_a_line_end_and_is_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "a.b.c\n").unwrap();
        assert_eq!(read_token(&path).unwrap().expose(), "a.b.c");
        std::fs::write(&path, "x".repeat(1 << 20)).unwrap();
        assert_eq!(read_token(&path).unwrap().expose().len(), 64 * 1024);
    }
}
