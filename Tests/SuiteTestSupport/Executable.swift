import Foundation

/// Makes a file that a test has just written a program that can be run at once.
///
/// The kernel refuses to run what somebody has open for writing ("Text file busy", `ETXTBSY` of execve(2)), and a child that
/// another test starts at the wrong moment inherits the descriptor the file was written through. So the file is
/// replaced by a copy that only a child without children of its own had open.
package func makeExecutable(_ path: String) throws {
    let copied = try ChildProcess.run(
        "/bin/sh", ["-c", #"cp -p -- "$1" "$1~" && chmod 755 "$1~" && mv -f -- "$1~" "$1""#, "sh", path])
    guard copied.code == 0 else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
}
