//! Which proxy a server is reached through. Decided here because `kube` compares `NO_PROXY` with the proxy's own address.

use std::net::IpAddr;

use http::Uri;

use crate::domain::Untrusted;

use super::{KubeconfigError, Surroundings};

/// The proxy for `server`: the kubeconfig's own always, the environment's unless `NO_PROXY` or a loopback host forbids it.
pub(super) fn choose(
    server: &Uri,
    of_cluster: Option<&str>,
    around: &Surroundings,
) -> Result<Option<Uri>, KubeconfigError> {
    let host = server.host().unwrap_or_default();
    let proxy = match of_cluster.filter(|proxy| !proxy.is_empty()) {
        Some(proxy) => Some(proxy),
        None if is_loopback(host)
            || around
                .no_proxy
                .as_deref()
                .is_some_and(|list| bypasses(host, list)) =>
        {
            None
        }
        None if server.scheme_str() == Some("http") => around.http_proxy.as_deref(),
        None => around.https_proxy.as_deref(),
    };
    proxy.map(parse).transpose()
}

fn parse(proxy: &str) -> Result<Uri, KubeconfigError> {
    let full = if proxy.contains("://") {
        proxy.to_owned()
    } else {
        format!("http://{proxy}")
    };
    let bad = |why: String| KubeconfigError::BadProxy {
        proxy: Untrusted::from(without_password(&full)),
        why,
    };
    let uri: Uri = full
        .parse()
        .map_err(|error: http::uri::InvalidUri| bad(error.to_string()))?;
    match uri.scheme_str() {
        Some("http" | "https") => Ok(uri),
        other => Err(bad(format!(
            "{} proxies are not supported",
            other.unwrap_or("such")
        ))),
    }
}

/// A proxy's address as it may be shown and logged.
pub(super) fn without_password(proxy: &str) -> String {
    match (proxy.split_once("://"), proxy.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => proxy.to_owned(),
    }
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let plain = host.trim_matches(['[', ']']);
    plain.eq_ignore_ascii_case("localhost") || plain.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The usual rules: `*`, exact host, `.suffix`, address, CIDR. A port in a rule is not looked at.
fn bypasses(host: &str, list: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let ip: Option<IpAddr> = host.parse().ok();
    list.split(',')
        .map(str::trim)
        .filter(|rule| !rule.is_empty())
        .any(|rule| {
            let rule = rule.to_ascii_lowercase();
            let suffix = rule.trim_start_matches('*').trim_start_matches('.');
            rule == "*"
                || rule == host
                || ip.is_some_and(|ip| rule.parse::<ipnet::IpNet>().is_ok_and(|net| net.contains(&ip)))
                || (!suffix.is_empty() && host.ends_with(&format!(".{suffix}")))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(no_proxy: &str) -> Surroundings {
        Surroundings {
            https_proxy: Some("http://user:secret@proxy.corp:3128".to_owned()),
            no_proxy: Some(no_proxy.to_owned()),
            ..Surroundings::default()
        }
    }

    fn proxied(server: &str, no_proxy: &str) -> bool {
        choose(&server.parse().unwrap(), None, &around(no_proxy))
            .unwrap()
            .is_some()
    }

    #[test]
    fn no_proxy_is_about_the_server_not_the_proxy() {
        assert!(proxied("https://api.example.org:6443", "proxy.corp"));
        assert!(!proxied("https://api.example.org:6443", "foo,, .example.org,"));
        assert!(!proxied("https://api.example.org", "api.example.org"));
        assert!(!proxied("https://10.1.2.3:6443", "10.0.0.0/8"));
        assert!(!proxied("https://10.1.2.3:6443", "*"));
        assert!(proxied("https://11.1.2.3:6443", "10.0.0.0/8"));
        assert!(!proxied("https://127.0.0.1:6443", ""));
        assert!(!proxied("https://[::1]:6443", ""));
    }

    #[test]
    fn what_the_kubeconfig_says_is_not_bypassed_and_passwords_stay_hidden() {
        let server = "https://127.0.0.1:6443".parse().unwrap();
        let chosen = choose(&server, Some("http://p:1"), &around("*")).unwrap();
        assert_eq!(chosen.unwrap().to_string(), "http://p:1/");
        let error = choose(&server, Some("socks5h://me:secret@p:1"), &around("")).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(error.to_string().contains("socks5h://p:1"), "{error}");
    }
}
