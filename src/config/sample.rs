//! A configuration that says in comments what can be said, for `flightdeck config init`.

use std::fmt::Write as _;

use super::keymap::KeyMap;
use crate::app::Action;
use crate::domain::Queries;

const HEAD: &str = r##"# Flightdeck's configuration. Everything is optional; what is commented out shows the default.
# A mistake is reported with its line, and the last good settings stay in use. Changes take effect within two seconds.

# A theme's name, or one for each kind of background: dark, light, high-contrast, okabe-ito, mono, or a file NAME.toml in the
# folder themes beside this file.
#theme = { dark = "dark", light = "light" }

# The marks of states and boxes: unicode, ascii, or nerd (needs a patched font).
#glyphs = "unicode"

# How many colours: auto, rgb, 256, 16 or mono.
#colour = "auto"

# The namespaces to show; none means all that can be seen.
#namespaces = []

# How long a sheet ignores keys after it appeared. Never shorter than 400ms, over ssh and in tmux 700ms.
#arming_delay = "700ms"

# Whether a Kubernetes Event on the object tells others of what was done to it, by whom and why.
#events = true

# What users of a release feel, shown by revision while a rollout is open. Nothing is shown while nobody says where to ask.
# service: a port of a Service in the cluster, namespace/name:port, asked through the API server with your own rights (get on
# services/proxy). Or url = "https://prometheus.example.com", with token_file = "PATH" if it wants a bearer token.
# The queries answer by (pod); $namespace and $pods are filled in. errors is a share from 0 to 1, latency is in seconds.
#[metrics]
#service = "monitoring/prometheus:9090"
#every = "10s"
@QUERIES@

# One table for each context of the kubeconfig. A context that is not named is production and can be changed.
# environment: production, staging or development; banner: a colour of its own; theme, namespaces
# and metrics as above, for it alone.
#[contexts."name-of-context"]
#environment = "production"
#read_only = false
#banner = "#b3261e"
#theme = "dark"
#namespaces = []
#metrics = { service = "monitoring/prometheus:9090" }

# Keys: an action and its key, or a list of keys. A sequence has spaces: "g g". What is written replaces the default.
#[keys]
"##;

/// The text of a new `config.toml`. It parses to the defaults; a line without its comment sign is a valid setting.
pub fn sample() -> String {
    let queries = [
        ("requests", Queries::REQUESTS),
        ("errors", Queries::ERRORS),
        ("latency", Queries::LATENCY),
    ];
    let queries = queries.map(|(name, query)| format!("#{name} = '{query}'"));
    let mut text = HEAD.replace("@QUERIES@", &queries.join("\n"));
    let keys = KeyMap::default();
    for action in Action::ALL {
        let quoted: Vec<String> = keys
            .keys_of(action)
            .iter()
            .map(|key| format!("\"{key}\""))
            .collect();
        let value = match quoted.as_slice() {
            [only] => only.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let _ = writeln!(text, "#{} = {value}  # {}", action.name(), action.sentence());
    }
    text
}
