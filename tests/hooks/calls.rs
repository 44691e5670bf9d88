//! Calls that cannot be recorded: refused by name, with the line and with what to do instead.

use crate::connector::refusal;

/// What a hook calls on its container, or on `dag`.
const REFUSED: [&str; 36] = [
    "c.with_servce_binding('db', c)",
    "c.with_env_varable('A', 'b')",
    "c.levitate()",
    "c.with_service_binding('db', c)",
    "c.with_unix_socket('/var/run/docker.sock', None)",
    "c.with_secret_variable('TOKEN', None)",
    "c.with_mounted_secret('/token', None)",
    "c.with_registry_auth('docker.io', 'me', None)",
    "c.publish('docker.io/me/mine')",
    "c.export('/tmp/image.tar')",
    "c.from_('debian')",
    "c.build(None)",
    "c.import_(None)",
    "await c.stdout()",
    "await c.with_exec(['x']).exit_code()",
    "await c.file('/etc/os-release').contents()",
    "c.directory('/usr/local')",
    "c.rootfs()",
    "c.without_file('/x')",
    "c.without_exposed_port(8080)",
    "c.with_exec('ls -l')",
    "c.with_exec(['sleep', 3])",
    "c.with_exec(['x'], stdin='y')",
    "c.with_exec(['x'], insecure_root_capabilities=True)",
    "c.with_exec(args=['x'], shell=True)",
    "c.with_env_variable('A', 1)",
    "c.with_env_variable('A')",
    "c.with_env_variable('A=B', 'c')",
    "c.with_exposed_port(70000)",
    "c.with_new_file('/x', 'y', permissions='0644')",
    "c.with_file('/x', 'main.py')",
    "c.with_mounted_temp('/t').with_new_file('/t/x', 'y')",
    "c.with_directory('/x', dagger.dag.host().directory('nowhere'))",
    "c.with_directory('/x', dagger.dag.host().directory('/etc'))",
    "c.with_directory('/x', dagger.dag.container().rootfs())",
    "c.with_label('secret', dagger.dag.set_secret('a', 'b'))",
];

#[tokio::test]
async fn what_cannot_be_recorded_is_refused_by_name() {
    let mut told = Vec::new();
    for call in REFUSED {
        let hooks = format!("import dagger\n\nasync def pre_connector_install(c):\n    x = {call}\n    return c\n");
        told.push(format!("## {call}\n{}", refusal(&hooks).await));
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

#[tokio::test]
async fn a_refusal_that_the_hook_catches_is_still_one() {
    let hooks = "
async def pre_connector_install(c):
    try:
        name = await c.file('/etc/os-release').contents()
    except Exception:
        name = 'debian'
    return c.with_label('os', name)
";
    insta::assert_snapshot!(refusal(hooks).await, @r#"
    build_customization.py:4: pre_connector_install: Container.file needs a running engine: what is in an image is known only where it is built
      hint: copy inside the image with `.with_exec(["cp", …])`; where dagger's own engine is at hand, `engine: dagger` calls the hooks with it
    "#);
}

#[tokio::test]
async fn names_that_the_sdk_does_not_have_are_told() {
    insta::assert_snapshot!(refusal("from dagger import Contaner\n").await, @r#"
    build_customization.py:1: the module `dagger` has no `Contaner`
      hint: did you mean `Container`?
    "#);
    insta::assert_snapshot!(refusal("import dagger\n\n@dagger.function\ndef build():\n    pass\n").await, @r#"
    build_customization.py:3: the module `dagger` has no `function`
      hint: hooks need the types and the client of dagger's SDK (0.6 to 0.13); where dagger's own engine is at hand, `engine: dagger` calls the hooks with it
    "#);
    insta::assert_snapshot!(refusal("import dagger.mod\n").await, @r#"
    build_customization.py:1: the module `dagger` has no `dagger.mod`
      hint: hooks need the types and the client of dagger's SDK (0.6 to 0.13); where dagger's own engine is at hand, `engine: dagger` calls the hooks with it
    "#);
}

#[tokio::test]
async fn what_a_hook_makes_itself_is_not_there_for_the_build() {
    let hooks = "
import dagger, pathlib

def pre_connector_install(c):
    pathlib.Path(__file__).with_name('made.txt').write_text('x')
    return c.with_file('/made.txt', dagger.dag.host().file('made.txt'))
";
    insta::assert_snapshot!(refusal(hooks).await, @r#"
    build_customization.py:6: pre_connector_install: Host.file: made.txt was made by the hook itself; use `with_new_file`
      hint: name a path of the connector's directory, or from the root of the repository; what lies outside of the connector has to be listed under the step's `paths:`
    "#);
}
