import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Asks a node four things: what a condition record is in FSIII and why, what a
 * medication list is in plain JSON, what a receiver demands, and to deliver a
 * referral. Java 17, and nothing else.
 *
 * <pre>
 * tolk serve --data data &amp;
 * javac -d classes examples/java/*.java &amp;&amp; java -cp classes Example
 * </pre>
 *
 * TOLK names another node, TOKEN an access token where one is needed.
 */
public final class Example {
    private static final String NODE = System.getenv().getOrDefault("TOLK", "http://127.0.0.1:8080");
    private static final String TOKEN = System.getenv("TOKEN");
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] args) throws IOException, InterruptedException {
        try {
            translate();
            medication();
            check();
            deliver();
        } catch (Fault f) {
            System.err.println(f.getMessage());
            System.exit(1);
        }
    }

    /** FSIII of a condition record from FFB; the ledger says why each code was chosen. */
    static void translate() throws IOException, InterruptedException {
        HttpResponse<String> answer = post("/v1/translate?from=ffb&to=fsiii&ledger=true", "application/fhir+json",
                "fixtures/tilstande/ffb-to-fsiii/indberetning/input.json");
        Object ledger = Json.find(Json.read(answer.body()), "ledger");
        System.out.printf("translated: %s leaves, %s carried, %s converted%n", Json.find(ledger, "counts", "leaves"),
                Json.find(ledger, "counts", "carried"), Json.find(ledger, "counts", "converted"));
        for (Object leaf : Json.list(ledger, "source")) {
            String path = (String) Json.find(leaf, "path");
            if ("converted".equals(Json.find(leaf, "fate")) && path.endsWith(".code")) {
                System.out.printf("  %s: %s by %s: %s%n", path, Json.find(leaf, "relation"), Json.find(leaf, "row"), Json.find(leaf, "reason"));
            }
        }
    }

    /** Plain JSON of a medication card from FMK. */
    static void medication() throws IOException, InterruptedException {
        HttpResponse<String> answer = post("/v1/translate?from=fmk&to=plain", "application/xml",
                "fixtures/medicinliste/fmk-to-plain/fast-og-pn/input.xml");
        List<?> lines = Json.list(Json.read(answer.body()), "laegemidler");
        System.out.printf("medication: %d%n", lines.size());
        for (Object m : lines) {
            System.out.printf("  %s %s: %s%n", Json.find(m, "navn"), Json.find(m, "styrke"), Json.find(m, "dosering", 0, "tekst"));
        }
    }

    /** What psychiatry demands of a referral before it is sent. */
    static void check() throws IOException, InterruptedException {
        Object answer = Json.read(post("/v1/check?receiver=psykiatri", "application/json",
                "fixtures/henvisning/plain-to-fhir/mindst/input.json").body());
        System.out.printf("check: %s: %s%n  first: %s%n", Json.find(answer, "verdict"), Json.find(answer, "said"), Json.find(answer, "findings", 0, "what"));
    }

    /**
     * Hands a referral over, fetches it as its receiver does, and takes it. From 202
     * on the node has it. The same key makes the same again harmless: whoever got no
     * answer sends the same once more.
     */
    static void deliver() throws IOException, InterruptedException {
        String why = Map.of("receiver", "xref01", "purpose", "TREAT", "legal-basis", "samtykke", "capacity", "social",
                        "consent", "urn:uuid:7f6c1f0a-9e0e-4d5e-8a53-6f0b6f6c2b11").entrySet().stream()
                .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8)).collect(Collectors.joining("&"));
        Object receipt = null;
        for (int i = 0; i < 2; i++) { // the second time as after an answer that was lost
            HttpResponse<String> answer = ask(request("/v1/exchange?" + why).header("Content-Type", "application/json")
                    .header("Idempotency-Key", "referral-2026-11-20-1") // yours, and kept with the referral
                    .POST(BodyPublishers.ofFile(Path.of("fixtures/henvisning/plain-to-fhir/bosted-til-psykiatrien/input.json"))));
            receipt = Json.read(answer.body());
            System.out.printf("%s: goes to %s, duplicate: %b%n", Json.find(receipt, "status"), Json.find(receipt, "receivers", 0),
                    answer.headers().firstValue("Tolk-Duplicate").isPresent());
        }
        for (Instant end = Instant.now().plusSeconds(120); Instant.now().isBefore(end); ) {
            Object life = Json.read(ask(request("/v1/exchange/" + Json.find(receipt, "id")).GET()).body());
            if ("delivered".equals(Json.find(life, "deliveries", 0, "state"))) {
                System.out.printf("delivered before: %s%n", Json.find(life, "deliveries", 0, "why"));
                return;
            }
            Object mailbox = Json.read(ask(request("/v1/mailbox/xref01?wait=20").GET()).body());
            for (Object letter : Json.list(mailbox, "letters")) {
                // Keep its body, base64, and only then take it: what is not taken is given again.
                ask(request((String) Json.find(letter, "content")).DELETE());
                if (Json.find(letter, "message").equals(Json.find(receipt, "id"))) {
                    System.out.printf("fetched: %s as %s; taken%n", Json.find(letter, "document"), Json.find(letter, "contentType"));
                    return;
                }
            }
        }
        throw new IOException("the letter did not come");
    }

    /** An answer that is an error: an OperationOutcome, in words. */
    static final class Fault extends RuntimeException {
        private static final long serialVersionUID = 1;

        Fault(HttpResponse<String> answer) {
            super(words(answer));
        }

        private static String words(HttpResponse<String> answer) {
            StringBuilder b = new StringBuilder().append(answer.statusCode());
            for (Object issue : Json.list(Json.read(answer.body()), "issue")) {
                b.append("\n  ").append(Json.find(issue, "severity")).append(' ').append(Json.find(issue, "code")).append(' ')
                        .append(Json.list(issue, "expression")) // in the body
                        .append(Json.list(issue, "location")) // of the request
                        .append(": ").append(Json.find(issue, "details", "text"));
            }
            return b.append("\n  X-Request-Id: ").append(answer.headers().firstValue("X-Request-Id").orElse("none")).toString();
        }
    }

    static HttpResponse<String> post(String target, String type, String file) throws IOException, InterruptedException {
        return ask(request(target).header("Content-Type", type).POST(BodyPublishers.ofFile(Path.of(file))));
    }

    static HttpRequest.Builder request(String target) {
        HttpRequest.Builder b = HttpRequest.newBuilder(URI.create(NODE + target)).timeout(Duration.ofSeconds(90));
        return TOKEN == null ? b : b.header("Authorization", "Bearer " + TOKEN);
    }

    /** Asks, again while the node says that it has no time: 429 and 503 say when. */
    static HttpResponse<String> ask(HttpRequest.Builder builder) throws IOException, InterruptedException {
        HttpRequest request = builder.build();
        for (int attempt = 1; ; attempt++) {
            HttpResponse<String> answer = CLIENT.send(request, BodyHandlers.ofString());
            int status = answer.statusCode();
            if (status < 300) {
                return answer;
            }
            if (status != 429 && status != 503 || attempt == 5) {
                throw new Fault(answer);
            }
            Thread.sleep(1000 * answer.headers().firstValueAsLong("Retry-After").orElse(1L << attempt));
        }
    }
}
