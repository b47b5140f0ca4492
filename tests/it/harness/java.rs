//! Java's own client: the small program of `tests/java/clients`, and Kafka's console tools.

use super::{folder, kafka::Release, tools};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

/// A JVM for `main` with these options before it.
fn jvm(class_path: OsString, options: &[String], main: &str) -> Command {
    let mut command = Command::new(tools::java());
    command.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"]);
    command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.args(options).arg("-cp").arg(class_path).arg(main);
    command
}

/// What is compiled of `tests/java/clients`.
pub(crate) fn classes() -> PathBuf {
    built().join("build/classes")
}

fn built() -> PathBuf {
    tools::build("clients", "java/clients", &["compile"])
}

/// Runs `words` (commands of `oathgate.Main`) with the properties of a file, by the client of a release.
pub(crate) fn command(
    release: Release,
    properties: &Path,
    options: &[String],
    words: &[&str],
) -> Command {
    let mut class_path = classes().into_os_string();
    class_path.push(":");
    let libs = match release {
        Release::Newest => built(),
        older => {
            let version = older.version();
            tools::build(
                "clients",
                &format!("java/clients-{version}"),
                &[&format!("-Dkafka.version={version}")],
            )
        }
    };
    class_path.push(libs.join("libs/*"));
    let mut command = jvm(class_path, options, "oathgate.Main");
    command.arg(properties).args(words);
    command
}

/// One of Kafka's console tools, such as `org.apache.kafka.tools.ConsoleProducer`.
pub(crate) fn console(tool: &str, options: &[String]) -> Command {
    let built = tools::build("tools", "java/tools", &[]);
    jvm(built.join("libs/*").into_os_string(), options, tool)
}

/// `org.apache.kafka.connect.mirror.MirrorMaker` or another main class of Kafka Connect.
pub(crate) fn connect(main: &str, options: &[String]) -> Command {
    let built = tools::build("connect", "java/connect", &[]);
    jvm(built.join("libs/*").into_os_string(), options, main)
}

/// Many of Kafka's tools in one JVM, as the lines of the file `script` say: see `Tools.java`.
pub(crate) fn tools(script: &Path, options: &[String]) -> Command {
    let built = tools::build("tools", "java/tools", &[]);
    let program = folder::repository().join("tests/java/tools/Tools.java");
    let program = program.to_str().expect("paths of tests are UTF-8");
    // What the clients log is not what the tools say.
    let quiet = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=off".to_owned()];
    let options = [options, &quiet].concat();
    let mut command = jvm(built.join("libs/*").into_os_string(), &options, program);
    command.arg(script);
    command
}

/// Kafka 4 fetches tokens only from URLs that the JVM was told.
pub(crate) fn allowed_url(url: &str) -> String {
    format!("-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={url}")
}

/// Writes a properties file.
pub(crate) fn properties(folder: &Path, name: &str, entries: &[(String, String)]) -> PathBuf {
    let text: String = entries
        .iter()
        .map(|(key, value)| format!("{key}={value}\n"))
        .collect();
    folder::write(folder, name, &text)
}
