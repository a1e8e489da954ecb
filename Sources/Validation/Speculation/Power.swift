import GitProcess

/// Where the machine gets its power from.
enum Power {
    /// Whether a battery is being emptied and no mains supply is connected, as Linux tells it (power_supply(5) of sysfs);
    /// `false` where nothing is known. `GITPATCH_POWER` names another folder, or nothing for "do not look".
    static func isOnBattery(
        _ folder: String = ProcessEnvironment.value(of: "GITPATCH_POWER") ?? "/sys/class/power_supply"
    ) -> Bool {
        guard !folder.isEmpty else { return false }
        var isDischarging = false
        for name in Files.names(in: folder) {
            func fact(_ key: String) -> String {
                Files.text("\(folder)/\(name)/\(key)")?.split(separator: "\n").first.map(String.init) ?? ""
            }
            // Batteries of mice and keyboards say that they power a device only.
            if fact("scope") == "Device" { continue }
            switch fact("type") {
            case "Battery": if fact("status") == "Discharging" { isDischarging = true }
            case "Mains", "USB", "USB_C": if fact("online") == "1" { return false }
            default: break
            }
        }
        return isDischarging
    }
}
