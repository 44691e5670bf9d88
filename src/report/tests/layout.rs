use super::super::hint;

#[test]
fn hints_read_the_same_whatever_their_shape() {
    assert_eq!(hint::sentence("free space, then resume"), "hint: Free space, then resume.");
    assert_eq!(hint::sentence("Free space."), "hint: Free space.");
    assert_eq!(hint::sentence("`cutover init` writes one"), "hint: `cutover init` writes one.");
    assert_eq!(hint::sentence("cutover.yaml is the place"), "hint: cutover.yaml is the place.");
    assert_eq!(hint::sentence("hint: did you mean `x`?"), "hint: Did you mean `x`?");
}
