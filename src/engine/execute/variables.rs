//! The `CUTOVER_*` variables by which scripts know what they work on.

use super::super::workspace::Workspace;
use super::Try;

/// The variables that describe the connector and the run to a script.
pub(super) fn describe(attempt: &Try, workspace: &Workspace) -> Vec<(String, String)> {
    let unit = attempt.handle();
    let frozen = &unit.migration.frozen;
    let base = attempt.bench.ground.as_ref().map_or_else(|| frozen.base.to_string(), |ground| ground.base.clone());
    let mut variables = vec![
        ("CUTOVER".to_owned(), "true".to_owned()),
        ("CUTOVER_RUN".to_owned(), frozen.run.to_string()),
        ("CUTOVER_WORKFLOW".to_owned(), frozen.workflow.name.clone()),
        ("CUTOVER_STEP".to_owned(), attempt.compiled().id.to_string()),
        ("CUTOVER_DATE".to_owned(), frozen.date.to_string()),
        ("CUTOVER_BASE".to_owned(), base),
        ("CUTOVER_OUTPUT".to_owned(), workspace.output_file().into_string()),
    ];
    for (name, value) in &frozen.inputs {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        variables.push((format!("CUTOVER_INPUT_{}", name.to_uppercase()), value));
    }
    let Some(connector) = unit.connector else { return variables };
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    let page = connector.documentation.as_ref().map(|page| workspace.place(page).into_string());
    variables.extend([
        ("CUTOVER_CONNECTOR_NAME".to_owned(), connector.name.to_string()),
        ("CUTOVER_CONNECTOR_PATH".to_owned(), connector.path.to_string()),
        ("CUTOVER_CONNECTOR_TYPE".to_owned(), optional(&connector.connector_type)),
        ("CUTOVER_CONNECTOR_LANGUAGE".to_owned(), optional(&connector.language)),
        ("CUTOVER_CONNECTOR_SUPPORT_LEVEL".to_owned(), optional(&connector.support_level)),
        ("CUTOVER_CONNECTOR_VERSION".to_owned(), optional(&connector.version)),
        ("CUTOVER_CONNECTOR_REPOSITORY".to_owned(), optional(&connector.repository)),
        ("CUTOVER_CONNECTOR_DOCUMENTATION".to_owned(), page.unwrap_or_default()),
    ]);
    variables
}
