//! `luminarys nodes` and `luminarys list --cluster`

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context as _;
use luminarys_cluster::{ClusterSettings, Connection, Member, check_permitted, look_at_members};
use serde::Serialize;

use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

/// A node as it is printed.
#[derive(Serialize)]
struct Node<'a> {
    node: &'a str,
    /// Whether it is the node of this configuration.
    here: bool,
    host_version: &'a str,
    calls: u32,
    skills: Vec<Runs<'a>>,
}

/// A skill of a node.
#[derive(Serialize)]
struct Runs<'a> {
    id: &'a str,
    version: &'a str,
    package: &'a str,
}

/// A skill as it is printed.
#[derive(Serialize)]
struct Skill<'a> {
    id: &'a str,
    versions: Vec<Version<'a>>,
}

/// A version of a skill, and the nodes that run it.
#[derive(Serialize)]
struct Version<'a> {
    version: &'a str,
    package: &'a str,
    nodes: Vec<&'a str>,
}

/// The characters of a digest that people are shown.
const SHORT: usize = 12;

pub(super) async fn run(config: &Config, json: bool) -> anyhow::Result<u8> {
    let settings = settings(config)?;
    let members = members(settings).await?;
    let nodes: Vec<Node<'_>> = members.iter().map(|it| node(it, settings)).collect();
    if json {
        output::print_json(&nodes)?;
        return Ok(exit::OK);
    }
    if nodes.is_empty() {
        output::tell(format_args!(
            "no node of the cluster {} is there; `luminarys serve` starts this one",
            settings.cluster
        ));
    }
    let paint = Paint::new();
    let mut text = String::new();
    for node in &nodes {
        let here = if node.here { "  (this node)" } else { "" };
        let (version, calls) = (node.host_version, node.calls);
        writeln!(
            text,
            "{}  luminarys {version}  {calls} calls{here}",
            paint.strong(node.node)
        )?;
        for skill in &node.skills {
            writeln!(text, "  {} {}", skill.id, skill.version)?;
        }
    }
    output::print(&text)?;
    Ok(exit::OK)
}

pub(super) async fn skills(config: &Config, json: bool) -> anyhow::Result<u8> {
    let settings = settings(config)?;
    let members = members(settings).await?;
    let skills = by_skill(&members);
    if json {
        output::print_json(&skills)?;
        return Ok(exit::OK);
    }
    if skills.is_empty() {
        output::tell(format_args!(
            "no node of the cluster {} runs a skill",
            settings.cluster
        ));
    }
    let paint = Paint::new();
    let mut text = String::new();
    for skill in &skills {
        writeln!(text, "{}", paint.strong(skill.id))?;
        for version in &skill.versions {
            let short = &version.package[..SHORT.min(version.package.len())];
            let nodes = version.nodes.join(" ");
            writeln!(text, "  {}  sha256:{short}…  {nodes}", version.version)?;
        }
    }
    output::print(&text)?;
    Ok(exit::OK)
}

fn settings(config: &Config) -> anyhow::Result<&ClusterSettings> {
    config.cluster.as_ref().context(
        "this host is not part of a cluster; `cluster: {enabled: true, id: NAME, node: NAME, nats: {urls: [nats://HOST:4222]}}` \
         in luminarys.yaml makes it a node",
    )
}

async fn members(settings: &ClusterSettings) -> anyhow::Result<Vec<Member>> {
    // Their texts contain those of their sources.
    let asked = async {
        let connection = Connection::open(settings)
            .await
            .map_err(|it| it.to_string())?;
        let permitted = check_permitted(&connection).await;
        permitted.map_err(|it| it.to_string())?;
        let members = look_at_members(&connection).await;
        members.map_err(|it| it.to_string())
    };
    asked.await.map_err(anyhow::Error::msg)
}

fn node<'a>(member: &'a Member, settings: &ClusterSettings) -> Node<'a> {
    let offers = member.lease.offers.iter();
    let skills = offers.map(|offer| Runs {
        id: offer.instance.as_str(),
        version: &offer.version,
        package: &offer.content_hash,
    });
    Node {
        node: member.node.as_str(),
        here: member.node == settings.node,
        host_version: &member.lease.host_version,
        calls: member.lease.load,
        skills: skills.collect(),
    }
}

fn by_skill(members: &[Member]) -> Vec<Skill<'_>> {
    let mut skills: BTreeMap<&str, BTreeMap<(&str, &str), Vec<&str>>> = BTreeMap::new();
    for member in members {
        for offer in &member.lease.offers {
            let versions = skills.entry(offer.instance.as_str()).or_default();
            let nodes = versions
                .entry((&offer.version, &offer.content_hash))
                .or_default();
            nodes.push(member.node.as_str());
        }
    }
    let skills = skills.into_iter().map(|(id, versions)| Skill {
        id,
        versions: versions
            .into_iter()
            .map(|((version, package), nodes)| Version {
                version,
                package,
                nodes,
            })
            .collect(),
    });
    skills.collect()
}
