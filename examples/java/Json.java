import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON into maps, lists, strings, booleans and numbers. The JDK has no reader
 * of its own; with Jackson or Gson at hand, use that. A number stays as it is
 * written, since 5.00 mg is not 5.0 mg.
 */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Object read(String text) {
        Json j = new Json(text);
        Object value = j.value();
        j.blanks();
        if (j.at != text.length()) {
            throw j.fault("the end");
        }
        return value;
    }

    /** What stands under names (String) and places (Integer), null where nothing does. */
    static Object find(Object value, Object... way) {
        for (Object step : way) {
            if (step instanceof Integer i && value instanceof List<?> list && i < list.size()) {
                value = list.get(i);
            } else if (value instanceof Map<?, ?> map) {
                value = map.get(step);
            } else {
                return null;
            }
        }
        return value;
    }

    /** The list under the names, an empty one where there is none. */
    static List<?> list(Object value, Object... way) {
        return find(value, way) instanceof List<?> list ? list : List.of();
    }

    private Object value() {
        blanks();
        switch (peek()) {
            case '{':
                Map<String, Object> map = new LinkedHashMap<>();
                if (!empty('}')) {
                    do {
                        blanks();
                        String name = string();
                        expect(':');
                        map.put(name, value());
                    } while (more('}'));
                }
                return map;
            case '[':
                List<Object> list = new ArrayList<>();
                if (!empty(']')) {
                    do {
                        list.add(value());
                    } while (more(']'));
                }
                return list;
            case '"':
                return string();
            default:
                return word();
        }
    }

    private Object word() {
        int begin = at;
        while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        String word = text.substring(begin, at);
        switch (word) {
            case "true": return true;
            case "false": return false;
            case "null": return null;
            default: return new java.math.BigDecimal(word);
        }
    }

    private String string() {
        expect('"');
        StringBuilder b = new StringBuilder();
        for (char c; (c = next()) != '"'; ) {
            if (c != '\\') {
                b.append(c);
                continue;
            }
            switch (c = next()) {
                case 'n': b.append('\n'); break;
                case 't': b.append('\t'); break;
                case 'r': b.append('\r'); break;
                case 'b': b.append('\b'); break;
                case 'f': b.append('\f'); break;
                case 'u':
                    b.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                    break;
                default: b.append(c);
            }
        }
        return b.toString();
    }

    private boolean empty(char end) {
        at++;
        blanks();
        if (peek() != end) {
            return false;
        }
        at++;
        return true;
    }

    private boolean more(char end) {
        blanks();
        char c = next();
        if (c != ',' && c != end) {
            throw fault(", or " + end);
        }
        return c == ',';
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char wanted) {
        blanks();
        if (next() != wanted) {
            throw fault(String.valueOf(wanted));
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw fault("a value");
        }
        return text.charAt(at);
    }

    private char next() {
        char c = peek();
        at++;
        return c;
    }

    private IllegalArgumentException fault(String expected) {
        return new IllegalArgumentException("JSON, character " + at + ": expected " + expected);
    }
}
