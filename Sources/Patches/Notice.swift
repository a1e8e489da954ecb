/// Something a workflow says while it runs; the commands decide how it looks.
package enum Notice: Sendable, Equatable {
    /// One line about something that happened.
    case done(String)
    /// Something the user should look at.
    case warning(String)
    /// A command to type next.
    case hint(String)
    /// Why something was done the way it was; for `--verbose`.
    case detail(String)
}
