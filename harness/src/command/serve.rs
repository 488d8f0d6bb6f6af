//! `nearfield serve`.

use std::path::PathBuf;

use clap::Args;
use engine::limits;
use harness::{
    edge::{Origin, Server},
    native,
};

use super::{
    Failure,
    files::{self, Trust},
    output,
};

/// Runs the edge worker in wasmtime on 127.0.0.1, in front of a folder or a server, until Ctrl-C.
///
/// GET fills the placeholders of pages, POST /v1/decisions answers JSON, GET /v1/bundle and /healthz say
/// what runs. Without a bundle every page passes as it is.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield serve --bundle retail.nearfield --site web-demo/dist --port 8787"
)]
pub struct Serve {
    /// The signed bundle.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Serve the site in a folder.
    #[arg(long, value_name = "DIR", conflicts_with = "origin")]
    site: Option<PathBuf>,
    /// Stand in front of a server, `http://host:port`.
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// The port on 127.0.0.1; 0 takes any.
    #[arg(long, value_name = "N", default_value_t = 8787)]
    port: u16,
    #[command(flatten)]
    trust: Trust,
}

impl Serve {
    pub fn run(self) -> Result<(), Failure> {
        let keys = self.trust.keys()?;
        let bundle = match &self.bundle {
            None => Vec::new(),
            Some(path) => {
                let bundle = files::read(path, limits::BUNDLE_BYTES)?;
                // The worker checks for itself; a developer wants to know at once.
                native::Engine::open(&bundle, &keys).map_err(|cause| Failure::Refused {
                    path: path.clone(),
                    cause,
                })?;
                bundle
            }
        };
        let origin = match (&self.site, &self.origin) {
            (Some(folder), _) => Origin::site(folder)?,
            (None, Some(address)) => Origin::server(address)?,
            (None, None) => Origin::none(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let server = Server::bind(self.port, &bundle, &keys, origin).await?;
            output::text(format!("http://{}", server.address()))?;
            server
                .run(async {
                    // Without a way to hear Ctrl-C the process ends by it all the same.
                    if tokio::signal::ctrl_c().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                })
                .await;
            Ok(())
        })
    }
}
