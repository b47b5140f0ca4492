//! Whether the target lets a client in.

use crate::{
    client::{Reached, Resumption, Target},
    fault::Result,
    report::Report,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reached: Reached,
}

/// # Errors
/// When it does not.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let target = Target::new(&arguments.reached, Resumption::Off).await?;
    let mut connection = target.open().await?.connection;
    let broker = connection.broker().await?;
    connection.close().await;
    let mut report = Report::new("probe");
    report.put("address", target.address().to_string());
    report.put("broker", broker);
    report.print();
    Ok(())
}
