//! ONNX files that lie are refused, each with an error that says why; nothing outside the file is read.

use crate::model::Model;
use prost::Message;
use tract_onnx::pb::tensor_proto::DataLocation;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, StringStringEntryProto};

const FILE: &[u8] = include_bytes!("../../model/older.onnx");

fn changed(change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut model = ModelProto::decode(FILE).unwrap();
    change(&mut model);
    model.encode_to_vec()
}

fn graph(change: impl FnOnce(&mut GraphProto)) -> Vec<u8> {
    changed(|model| change(model.graph.as_mut().unwrap()))
}

fn entry(key: &str, value: &str) -> StringStringEntryProto {
    StringStringEntryProto {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn error(file: &[u8]) -> String {
    Model::read(file)
        .err()
        .unwrap_or_else(|| "it is read".to_owned())
}

#[test]
fn lies_are_refused() {
    let secret = std::env::temp_dir().join(format!("intent-lies-{}", std::process::id()));
    std::fs::write(&secret, vec![0; 4 * 6 * 5000]).unwrap();
    let path = secret.to_str().unwrap().to_owned();
    let outside = |path: &str| {
        graph(|graph| {
            let tensor = &mut graph.initializer[0];
            tensor.raw_data.clear();
            tensor.data_location = Some(DataLocation::External as i32);
            tensor.external_data = vec![entry("location", path)];
        })
    };
    let table = [
        ("nothing", Vec::new(), "operator sets"),
        ("no ONNX", b"GIF89a, or so it says".to_vec(), "refused"),
        ("too long", vec![0; 2 << 20], "more than"),
        ("weights elsewhere", outside(&path), "outside the file"),
        (
            "weights up the tree",
            outside("../../../etc/passwd"),
            "outside the file",
        ),
        (
            "a path beside the weights",
            graph(|graph| graph.initializer[0].external_data = vec![entry("location", &path)]),
            "outside the file",
        ),
        (
            "a huge shape",
            graph(|graph| graph.initializer[0].dims = vec![6, 1 << 60]),
            "bytes for shape",
        ),
        (
            "a huge width",
            graph(|graph| graph.initializer[0].dims[1] = i64::MAX / 4),
            "bytes for shape",
        ),
        (
            "a negative side",
            graph(|graph| graph.initializer[0].dims[1] = -5000),
            "bytes for shape",
        ),
        (
            "no side",
            graph(|graph| graph.initializer[0].dims[1] = 0),
            "bytes for shape",
        ),
        (
            "fewer weights",
            graph(|graph| graph.initializer[0].raw_data.truncate(400)),
            "bytes for shape",
        ),
        (
            "no number",
            graph(|graph| {
                graph.initializer[1].raw_data[..4].copy_from_slice(&f32::NAN.to_le_bytes())
            }),
            "not finite",
        ),
        (
            "another type",
            graph(|graph| graph.initializer[0].data_type = 11),
            "another type",
        ),
        (
            "data twice",
            graph(|graph| graph.initializer[0].float_data = vec![1.0]),
            "twice",
        ),
        (
            "an operator more",
            graph(|graph| graph.node.push(NodeProto::default())),
            "3 nodes",
        ),
        (
            "another operator",
            graph(|graph| graph.node[0].op_type = "Loop".to_owned()),
            "operator Loop",
        ),
        (
            "an operator of others",
            graph(|graph| graph.node[0].domain = "evil".to_owned()),
            "operator Gemm",
        ),
        (
            "a missing input",
            graph(|graph| graph.node[0].input[1] = "nowhere".to_owned()),
            "instead of",
        ),
        (
            "a missing output",
            graph(|graph| graph.node[0].output.clear()),
            "Gemm of",
        ),
        (
            "a circle",
            graph(|graph| graph.node[0].output[0] = "features".to_owned()),
            "instead of",
        ),
        (
            "an output of another name",
            graph(|graph| graph.output[0].name = "nothing".to_owned()),
            "instead of probabilities",
        ),
        ("no input", graph(|graph| graph.input.clear()), "0 values"),
        (
            "an input of another shape",
            graph(|graph| graph.input[0].r#type = graph.output[0].r#type.clone()),
            "features is not of floats",
        ),
        (
            "another axis",
            graph(|graph| graph.node[1].attribute[0].i = 7),
            "another axis",
        ),
        (
            "another order",
            graph(|graph| graph.node[0].attribute[0].i = 0),
            "transB",
        ),
        (
            "labels twice",
            changed(|model| model.metadata_props[1].value = model.metadata_props[0].value.clone()),
            "labels",
        ),
        (
            "a label less",
            changed(|model| model.metadata_props.retain(|entry| entry.key != "intent_5")),
            "has shape",
        ),
        (
            "no labels",
            changed(|model| model.metadata_props.clear()),
            "labels",
        ),
        (
            "operators of the future",
            changed(|model| model.opset_import[0].version = 999),
            "operator sets",
        ),
        ("no graph", changed(|model| model.graph = None), "no graph"),
    ];
    assert!(Model::read(&changed(|_| ())).is_ok());
    let wrong: Vec<_> = table
        .iter()
        .map(|(lie, file, why)| (lie, error(file), why))
        .filter(|(_, error, why)| {
            !error.starts_with("the model is refused: ") || !error.contains(**why)
        })
        .collect();
    std::fs::remove_file(secret).unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn damaged_files_are_refused_or_run() {
    // Bytes of the structure, not of the weights: the ends of the file, changed one by one.
    let length = FILE.len();
    let places = (0..250).chain(length - 600..length).step_by(5);
    for place in places {
        for flip in [0x01, 0x80] {
            let mut file = FILE.to_vec();
            file[place] ^= flip;
            if let Ok(model) = Model::read(&file) {
                let _ = model.run(vec![0.5; 5000]);
            }
        }
    }
    for cut in (0..length).step_by(4999) {
        assert!(Model::read(&FILE[..cut]).is_err(), "the first {cut} bytes");
    }
}
