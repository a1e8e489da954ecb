import Testing

@testable import Snapshots

/// The kernel takes the times of files from a clock that it moves in steps, and late when the machine is busy.
@Suite struct FileClockTests {
    /// In microseconds after a step of 4 ms that gave a file its time.
    @Test(arguments: [
        (clock: 0, time: 1000, wait: 3000), (clock: 0, time: 3900, wait: 1000), (clock: 0, time: 8300, wait: 1000),
        (clock: 4000, time: 4000, wait: 0), (clock: 4000, time: 9000, wait: 0), (clock: -1000, time: 2000, wait: 2000),
        (clock: -9000, time: -5000, wait: 0),
    ])
    func aFileIsSettledOnceItsClockHasMovedOn(clock: Int64, time: Int64, wait: Int64) {
        let written: Int64 = 1_800_000_000_000_000_000
        let found = FileStatus.unsettled(
            since: written, size: 4096, fileClock: written + clock * 1000, time: written + time * 1000, step: 4_000_000)
        #expect(found == wait * 1000)
    }

    /// A write that lasts has set the time when it began. In milliseconds.
    @Test(arguments: [(age: 1, wait: 9), (age: 5, wait: 5), (age: 10, wait: 0), (age: -1, wait: 0)])
    func aFileOfMoreThanAPageIsGivenTime(age: Int64, wait: Int64) {
        let written: Int64 = 1_800_000_000_000_000_000
        let found = FileStatus.unsettled(
            since: written, size: 4097, fileClock: written + 4_000_000, time: written + age * 1_000_000,
            step: 4_000_000)
        #expect(found == wait * 1_000_000)
    }

    /// NTFS keeps tenths of microseconds.
    @Test func aRoundedTimeIsOfTheStepItWasMadeIn() {
        let wait = FileStatus.unsettled(
            since: 1_800_000_000_000_000_000, size: 1, fileClock: 1_800_000_000_000_000_099,
            time: 1_800_000_000_000_900_000,
            step: 4_000_000)
        #expect(wait == 3_100_000)
    }
}
