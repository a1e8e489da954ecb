import GitValues

/// A known key with the type of its value.
package struct SettingKey<Value: Sendable>: Sendable {
    /// What is known of the key.
    package let definition: KeyDefinition
    /// The value when nobody sets the key.
    package let fallback: Value
    /// The value of the texts that count, oldest first; `nil` when one of them is none.
    let read: @Sendable ([String]) -> Value?
}

extension SettingKey {
    /// A key with a default, of which the last value counts.
    static func single(
        _ name: String, _ form: ValueForm<Value>, default text: String, as fallback: Value,
        subsection: KeyDefinition.Subsection = .none, places: KeyDefinition.Places = .everywhere,
        _ summary: String
    ) -> SettingKey {
        SettingKey(
            definition: definition(name, form, text, false, subsection, places, summary), fallback: fallback,
            read: { texts in texts.last.flatMap(form.read) })
    }

    /// A key that need not have a value, of which the last one counts.
    static func optional<Wrapped>(
        _ name: String, _ form: ValueForm<Wrapped>, subsection: KeyDefinition.Subsection = .none,
        places: KeyDefinition.Places = .everywhere, _ summary: String
    ) -> SettingKey where Value == Wrapped? {
        SettingKey(
            definition: definition(name, form, nil, false, subsection, places, summary), fallback: nil,
            read: { texts in texts.last.flatMap(form.read).map { .some($0) } })
    }

    /// A key of which every value counts; an empty value forgets the ones before it, as git's own lists do.
    static func list<Element>(
        _ name: String, _ form: ValueForm<Element>, subsection: KeyDefinition.Subsection = .none,
        places: KeyDefinition.Places = .everywhere, _ summary: String
    ) -> SettingKey where Value == [Element] {
        let orNothing = ValueForm<[Element]>(form: form.form) { $0.isEmpty ? [] : form.read($0).map { [$0] } }
        return SettingKey(
            definition: definition(name, orNothing, nil, true, subsection, places, summary), fallback: [],
            read: { texts in
                let counting = texts.split(separator: "", omittingEmptySubsequences: false).last ?? []
                let values = counting.compactMap(form.read)
                return values.count == counting.count ? values : nil
            })
    }

    private static func definition<Form>(
        _ name: String, _ form: ValueForm<Form>, _ fallback: String?, _ isRepeatable: Bool,
        _ subsection: KeyDefinition.Subsection, _ places: KeyDefinition.Places, _ summary: String
    ) -> KeyDefinition {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        return KeyDefinition(
            section: parts.first ?? "", key: parts.last ?? "", subsection: subsection, form: form.form,
            fallback: fallback, isRepeatable: isRepeatable, places: places, summary: summary,
            accepts: { form.read($0) != nil })
    }
}
