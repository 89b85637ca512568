//! The manifest and config of a WebAssembly OCI artifact, as specified by the CNCF TAG Runtime.

use std::collections::{BTreeMap, HashMap};

use luminarys_package::{MAX_PACKAGE_BYTES, Package};
use oci_spec::image::{Descriptor, DescriptorBuilder, ImageManifest, MediaType};
use serde::Serialize;
use wasmparser::{Parser, Payload};

use crate::{Digest, RegistryError};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
const ID: &str = "ai.luminarys.skill.id";
/// Readers require a date; the current one would give the same package another digest each time.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// The parts published along with the package.
pub(crate) struct Artifact {
    pub config: Vec<u8>,
    pub manifest: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    created: &'static str,
    architecture: &'static str,
    os: &'static str,
    layer_digests: [Digest; 1],
    component: Component,
}

#[derive(Default, Serialize)]
struct Component {
    exports: Vec<String>,
    imports: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    media_type: &'static str,
    config: Descriptor,
    layers: [Descriptor; 1],
    /// Sorted, so that the same package has the same digest.
    annotations: BTreeMap<&'static str, String>,
}

impl Artifact {
    /// Makes the artifact of `package`: the same bytes each time.
    pub fn of(package: &Package) -> Result<Self, RegistryError> {
        let failed = |reason: String| RegistryError::Setup(format!("describing it: {reason}"));
        let layer = Digest::from(package.content_hash());
        let config = Config {
            created: CREATED,
            architecture: "wasm",
            os: "wasip2",
            layer_digests: [layer],
            component: names(package.bytes()).map_err(|error| failed(error.to_string()))?,
        };
        let config = serde_json::to_vec(&config).map_err(|error| failed(error.to_string()))?;
        let descriptor = |kind: &str, size: usize, digest: Digest| {
            let digest: oci_spec::image::Digest = digest
                .to_string()
                .parse()
                .map_err(|error| failed(format!("{error}")))?;
            let built = DescriptorBuilder::default()
                .media_type(MediaType::Other(kind.to_owned()))
                .size(size as u64)
                .digest(digest)
                .build();
            built.map_err(|error| failed(error.to_string()))
        };
        let skill = &package.descriptor;
        let annotations = [
            ("org.opencontainers.image.title", skill.name.clone()),
            (
                "org.opencontainers.image.version",
                skill.skill_version.to_string(),
            ),
            (
                "org.opencontainers.image.description",
                skill.description.clone(),
            ),
            (ID, skill.id.clone()),
        ];
        let manifest = Manifest {
            schema_version: 2,
            media_type: MANIFEST,
            config: descriptor(CONFIG, config.len(), Digest::of(&config))?,
            layers: [descriptor(LAYER, package.bytes().len(), layer)?],
            annotations: annotations
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .collect(),
        };
        let manifest = serde_json::to_vec(&manifest).map_err(|error| failed(error.to_string()))?;
        Ok(Self { config, manifest })
    }
}

/// The only layer of a manifest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Layer {
    pub digest: Digest,
    pub size: u64,
}

impl Layer {
    /// Reads a manifest; the error says why it is not that of a skill.
    pub fn of(manifest: &[u8]) -> Result<Self, String> {
        let kind: HashMap<String, serde_json::Value> = serde_json::from_slice(manifest)
            .map_err(|error| format!("its manifest cannot be read: {error}"))?;
        if kind.contains_key("manifests") {
            return Err(
                "it is an index of several artifacts; name one of them by its digest".to_owned(),
            );
        }
        let manifest: ImageManifest = serde_json::from_slice(manifest)
            .map_err(|error| format!("its manifest cannot be read: {error}"))?;
        let config = manifest.config().media_type().to_string();
        if config != CONFIG {
            return Err(format!("its config is of type {config:?}, not {CONFIG:?}"));
        }
        let [layer] = manifest.layers().as_slice() else {
            let count = manifest.layers().len();
            return Err(format!("it has {count} layers, not one"));
        };
        let kind = layer.media_type().to_string();
        if kind != LAYER {
            return Err(format!("its layer is of type {kind:?}, not {LAYER:?}"));
        }
        let size = layer.size();
        if size > MAX_PACKAGE_BYTES {
            return Err(format!(
                "its package has {size} bytes; the limit is {MAX_PACKAGE_BYTES}"
            ));
        }
        let digest = layer.digest().to_string().parse()?;
        Ok(Self { digest, size })
    }
}

/// The imports and exports of a component itself, without those nested in it.
fn names(bytes: &[u8]) -> Result<Component, wasmparser::BinaryReaderError> {
    let mut names = Component::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    names.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    fn package() -> Package {
        let descriptor = serde_json::json!({
            "version": 1, "id": "a.b.c", "name": "N", "skill_version": "1.2.3", "abi": "typed", "description": "D",
        });
        let component = b"\0asm\x0d\0\x01\0";
        let descriptor = serde_json::from_value(descriptor).unwrap();
        Package::read(luminarys_package::embed(component, &descriptor).unwrap()).unwrap()
    }

    #[test]
    fn an_artifact_is_the_same_each_time_and_names_its_layer() {
        let package = package();
        let (one, two) = (
            Artifact::of(&package).unwrap(),
            Artifact::of(&package).unwrap(),
        );
        assert_eq!((&one.config, &one.manifest), (&two.config, &two.manifest));
        let layer = Layer::of(&one.manifest).unwrap();
        assert_eq!(layer.digest, Digest::of(package.bytes()));
        assert_eq!(layer.size, package.bytes().len() as u64);
        let manifest: serde_json::Value = serde_json::from_slice(&one.manifest).unwrap();
        assert_eq!(manifest["config"]["mediaType"], CONFIG);
        assert_eq!(manifest["annotations"][ID], "a.b.c");
        let config: serde_json::Value = serde_json::from_slice(&one.config).unwrap();
        assert_eq!(config["layerDigests"][0], layer.digest.to_string());
    }

    #[test]
    fn other_artifacts_are_rejected() {
        let right = Artifact::of(&package()).unwrap().manifest;
        let right = String::from_utf8(right).unwrap();
        let size = format!("\"size\":{}", package().bytes().len());
        let rows = [
            (CONFIG, "application/vnd.oci.image.config.v1+json", "config"),
            (LAYER, "application/gzip", "layer"),
            ("\"layers\":[{", "\"layers\":[{},{", "cannot be read"),
            (&size, "\"size\":999999999999", "the limit is"),
            (&size, "\"size\":-1", "cannot be read"),
            ("\"layers\"", "\"manifests\":[],\"layers\"", "index"),
            ("sha256:", "../../", "cannot be read"),
        ];
        each_row(rows, |(from, to, part)| {
            let changed = right.replace(from, to);
            assert_ne!(changed, right);
            let error = Layer::of(changed.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{from} -> {to}: {error}");
        });
        assert!(Layer::of(b"[]").is_err());
    }
}
