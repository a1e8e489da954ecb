import GitValues
import Testing

struct XMLTextTests {
    @Test(arguments: [
        ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"), ("one\n\ttwo", "one\n\ttwo"), ("é 日 😀", "é 日 😀"),
        ("\u{1B}[31mred\r\n\u{0}\u{85}", "?[31mred?\n??"), ("\u{FFFD}\u{FFFE}\u{FFFF}", "\u{FFFD}??"),
    ])
    func whatXMLCannotCarryIsMarked(text: String, escaped: String) {
        #expect(XMLText.escaped(text) == escaped)
    }
}
