//! `oathgate demo`, and the files it prints, used as they are.

use crate::harness::{folder, franz_go, java, oathgate::binary, ports, process::Process, secrets};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(90);

struct Demo {
    process: Process,
    folder: PathBuf,
    port: u16,
}

impl Demo {
    fn start(name: &str) -> Self {
        let folder = folder::of(name);
        let files = folder.join("demo");
        let port = ports::block(20);
        let mut command = Command::new(binary());
        command
            .arg("demo")
            .arg("--dir")
            .arg(&files)
            .arg("--port")
            .arg(port.to_string());
        let mut process = Process::start("oathgate demo", &mut command, &folder.join("demo.log"));
        process.wait_until(PATIENCE, "a line `demo ready`", |lines| {
            lines.iter().any(|l| l == "demo ready")
        });
        Self {
            process,
            folder: files,
            port,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        assert!(path.is_file(), "the demo did not write {}", path.display());
        path
    }

    /// The options of `java.env`, a line for a shell.
    fn java_options(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file("java.env")).expect("read java.env");
        let line = text
            .lines()
            .find(|line| line.contains("KAFKA_OPTS"))
            .expect("KAFKA_OPTS");
        let (_, value) = line.split_once('=').expect("an assignment");
        value
            .trim_matches(['"', '\''])
            .split(' ')
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.process.signal("TERM");
        let status = self.process.wait_exit(Duration::from_secs(40));
        assert!(status.success(), "the demo ended with {status}");
        assert_eq!(secrets::leak(&logged(&self.process.lines())), None);
    }
}

/// The log lines alone: what the demo prints for pasting holds the secret of its client on purpose.
fn logged(lines: &[String]) -> String {
    let log = lines
        .iter()
        .filter(|line| line.contains("INFO") || line.contains("\"level\""));
    log.map(|line| format!("{line}\n")).collect()
}

fn run(name: &str, command: &mut Command, folder: &Path, input: &str) -> String {
    // Console tools read standard input, which `Process` keeps closed.
    let file = folder::write(folder, &format!("{name}.input"), input);
    let shell = format!("exec \"$@\" < '{}'", file.display());
    let mut wrapped = Command::new("sh");
    wrapped
        .args(["-c", &shell, "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    let mut process = Process::start(name, &mut wrapped, &folder.join(format!("{name}.log")));
    process.succeed(PATIENCE);
    process.lines().join("\n")
}

#[test]
fn the_files_work_with_javas_console_tools() {
    let demo = Demo::start("demo_java");
    let options = demo.java_options();
    let properties = demo.file("java.properties");
    let bootstrap = format!("localhost:{}", demo.port);
    let tool = |class: &str, config: &str| {
        let mut command = java::console(&format!("org.apache.kafka.tools.{class}"), &options);
        command
            .args(["--bootstrap-server", &bootstrap, "--topic", "demo", config])
            .arg(&properties);
        command
    };
    let mut producer = tool("ConsoleProducer", "--command-config");
    run(
        "producer",
        &mut producer,
        &demo.folder,
        "from the console\n",
    );
    let mut consumer = tool("consumer.ConsoleConsumer", "--command-config");
    consumer.args(["--from-beginning", "--timeout-ms", "20000"]);
    let read = run("consumer", &mut consumer, &demo.folder, "");
    assert!(read.contains("from the console"), "{read}");
}

#[test]
fn the_files_work_with_confluents_python_client() {
    let python = folder::target().join("venv/bin/python");
    assert!(
        python.is_file(),
        "{} is missing; make it: python3 -m venv target/venv && target/venv/bin/pip install confluent-kafka==2.16.1",
        python.display(),
    );
    let demo = Demo::start("demo_python");
    let script = folder::repository().join("tests/python/round_trip.py");
    let mut command = Command::new(python);
    command.arg(script).arg(demo.file("librdkafka.properties"));
    let said = run("python", &mut command, &demo.folder, "");
    assert!(said.contains("read from Python"), "{said}");
}

#[test]
fn the_program_works_with_franz_go_and_says_why_it_is_refused() {
    let demo = Demo::start("demo_go");
    let source = demo.file("main.go");
    let program = franz_go::build_file(&source, "demo");
    let said = run("go", &mut Command::new(program), &demo.folder, "");
    // It ends at the first record that it reads: its own, or the demo's.
    let read = ["from Go", "an order for 3 oranges"];
    assert!(read.iter().any(|value| said.contains(value)), "{said}");
    // The same of a pool that its client does not match.
    let text = fs::read_to_string(&source).expect("read main.go");
    let pool = text
        .lines()
        .find(|line| line.contains("identityPoolId"))
        .expect("the pool");
    let other = folder::write(
        &demo.folder,
        "refused.go",
        &text.replace(pool, "\"identityPoolId\": \"pool-of-nobody\","),
    );
    let mut refused = Command::new(franz_go::build_file(&other, "demo-refused"));
    let log = demo.folder.join("refused.log");
    let mut refused = Process::start("go", &mut refused, &log);
    refused.wait_until(PATIENCE, "the reason", |lines| {
        lines.iter().any(|line| line.contains("POOL_NOT_USABLE"))
    });
}

#[test]
fn the_script_for_a_token_works() {
    let demo = Demo::start("demo_token");
    let mut command = Command::new("sh");
    command.arg(demo.file("token.sh"));
    let said = run("token", &mut command, &demo.folder, "");
    assert!(said.contains("eyJ"), "no token in: {} bytes", said.len());
}

#[test]
fn it_shows_a_denied_write_and_why() {
    let demo = Demo::start("demo_denied");
    let said = demo.process.lines().join("\n");
    let told = said.lines().find(|line| line.contains("is told:"));
    let told = told.expect("what the client is told");
    assert!(told.contains("TopicAuthorizationFailed"), "{told}");
    let line = said
        .lines()
        .find(|line| line.contains("io.oathgate/authorization"));
    let line = line.expect("an audit line");
    for part in [
        r#""subject":"User:pool-reports""#,
        r#""operation":"WRITE""#,
        r#""resourceName":"orders""#,
        r#""rule":"no rule""#,
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    // The script that the visitor is pointed to says the same as the demo.
    let mut command = Command::new("sh");
    command.arg(demo.file("explain.sh"));
    let mut process = Process::start("explain", &mut command, &demo.folder.join("explain.log"));
    let status = process.wait_exit(PATIENCE);
    assert_eq!(status.code(), Some(1), "a denial is no success");
    let explained = process.lines().join("\n");
    let allowed = "ACL ALLOW READ on TOPIC:LITERAL:orders to User:pool-reports from *";
    for ruling in [
        format!("may   READ TOPIC:orders: {allowed}"),
        "DENY  WRITE TOPIC:orders: no rule".to_owned(),
    ] {
        assert!(said.contains(&ruling), "{ruling}: {said}");
        assert!(explained.contains(&ruling), "{ruling}: {explained}");
    }
}

#[test]
fn it_shows_a_refused_login_and_why() {
    let demo = Demo::start("demo_refused");
    let said = demo.process.lines().join("\n");
    assert!(said.contains("POOL_NOT_USABLE"), "{said}");
    // The audit line says who was refused, not only why.
    let line = said
        .lines()
        .find(|line| line.contains(r#""status":"REFUSED""#));
    let line = line.expect("an audit line");
    assert!(line.contains(r#""clientId":"billing-service""#), "{line}");
    demo.file("ca.pem");
}
