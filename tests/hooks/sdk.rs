//! The stand-in, held against dagger's real SDK, which installs without an engine.

use std::process::Command;
use std::sync::Mutex;

use camino::Utf8PathBuf;
use serde_json::Value;

/// The versions that connectors were written against: that of the first hooks, and one of the last.
pub(crate) const SDKS: [&str; 2] = ["dagger-io==0.6.4", "dagger-io==0.13.3"];

const RECORDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/hooks/recorder");

/// Prints every method of the real classes with its parameters, as `recorder --table` does.
const REAL: &str = r#"
import inspect, json, dagger

def parameters(method):
    found = list(inspect.signature(method).parameters.values())[1:]
    return [[one.name, one.kind is one.POSITIONAL_OR_KEYWORD] for one in found]

classes = [dagger.Container, dagger.EnvVariable, dagger.Label, dagger.Port]
classes += [dagger.Client, dagger.Directory, dagger.File, dagger.Host]
print(json.dumps({
    cls.__name__: {name: {"parameters": parameters(m), "waits": inspect.iscoroutinefunction(m)}
                   for name, m in vars(cls).items() if not name.startswith("_") and callable(m)}
    for cls in classes
}))
print(json.dumps([name for name in dir(dagger) if isinstance(getattr(dagger, name), type)]))
"#;

/// The Python of a virtual environment with this SDK, made once for each checkout; nothing, with a printed line, where
/// that cannot be.
pub(crate) fn python(sdk: &str) -> Option<Utf8PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let kept = Utf8PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(sdk);
    let python = kept.join("bin/python");
    if python.is_file() && kept.join("done").is_file() {
        return Some(python);
    }
    let run = |program: &str, args: &[&str]| {
        Command::new(program).args(args).output().is_ok_and(|output| output.status.success())
    };
    let made = run("python3", &["-m", "venv", kept.as_str()])
        && run(python.as_str(), &["-m", "pip", "install", "-q", "--disable-pip-version-check", sdk]);
    if !made {
        println!("skipped: {sdk} cannot be installed on this machine");
        return None;
    }
    std::fs::write(kept.join("done"), sdk).unwrap();
    Some(python)
}

fn lines(program: &str, args: &[&str]) -> Vec<Value> {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    values.map(Result::unwrap).collect()
}

/// What the stand-in does about a method, if it differs from what the real one takes and gives.
fn difference(own: &Value, real: &Value) -> Option<String> {
    let kind = own["kind"].as_str().unwrap_or("unknown");
    let takes: Vec<&str> = own["parameters"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let parameters = real["parameters"].as_array().unwrap();
    let named = |one: &Value| one[0].as_str().unwrap().to_owned();
    let in_order: Vec<String> = parameters.iter().filter(|one| one[1] == true).map(named).collect();
    let missing: Vec<String> = parameters.iter().map(named).filter(|name| !takes.contains(&name.as_str())).collect();
    match kind {
        "recorded" | "answered" if !missing.is_empty() => Some(format!("does not take {missing:?}")),
        "recorded" | "answered" if takes.iter().zip(&in_order).any(|(own, real)| own != real) => {
            Some(format!("takes {takes:?}, not {in_order:?}"))
        }
        "recorded" if real["waits"] == true => Some("must be awaited".to_owned()),
        "answered" if real["waits"] == false => Some("must not be awaited".to_owned()),
        "recorded" | "answered" | "refused" => None,
        _ => Some("is neither recorded nor answered nor refused".to_owned()),
    }
}

#[test]
fn every_method_of_the_sdk_is_recorded_answered_or_refused_by_name() {
    let stand_in = lines("python3", &["-I", "-B", RECORDER, "--table"]).remove(0);
    for sdk in SDKS {
        let Some(python) = python(sdk) else { continue };
        let real = lines(python.as_str(), &["-c", REAL]);
        let mut wrong = Vec::new();
        for (class, methods) in real[0].as_object().unwrap() {
            // `load_…_from_id` is refused whatever stands between.
            let methods = methods.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("load_"));
            for (name, method) in methods {
                let difference = difference(&stand_in[class][name], method);
                wrong.extend(difference.map(|difference| format!("{class}.{name} {difference}")));
            }
        }
        assert!(wrong.is_empty(), "{sdk}:\n{}", wrong.join("\n"));
        assert!(real[0]["Container"].as_object().unwrap().len() > 50, "{sdk} was not read");
    }
}

#[test]
fn every_class_that_the_sdk_exports_can_be_imported() {
    for sdk in SDKS {
        let Some(python) = python(sdk) else { continue };
        let real = lines(python.as_str(), &["-c", REAL]).remove(1);
        let names: Vec<&str> = real.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let code = format!(
            "import sys; sys.path.insert(0, {RECORDER:?}); import sdk; sdk.install(); from dagger import {}",
            names.join(", ")
        );
        let output = Command::new("python3").args(["-I", "-B", "-c", &code]).output().unwrap();
        assert!(output.status.success(), "{sdk}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(names.len() > 35, "{names:?}");
    }
}
