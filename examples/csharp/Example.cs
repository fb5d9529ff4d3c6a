// Asks a node four things: what a condition record is in FSIII and why, what a
// medication list is in plain JSON, what a receiver demands, and to deliver a
// referral. .NET 8, and nothing else; C# 7.
//
//     tolk serve --data data &
//     dotnet run --project examples/csharp
//
// TOLK names another node, TOKEN an access token where one is needed.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Tasks;

static class Example
{
    static readonly string Node = Environment.GetEnvironmentVariable("TOLK") ?? "http://127.0.0.1:8080";
    static readonly string Token = Environment.GetEnvironmentVariable("TOKEN");
    static readonly HttpClient Client = new HttpClient();

    static async Task<int> Main()
    {
        try
        {
            await Translate();
            await Medication();
            await Check();
            await Deliver();
            return 0;
        }
        catch (Fault f)
        {
            Console.Error.WriteLine(f.Message);
            return 1;
        }
    }

    // FSIII of a condition record from FFB; the ledger says why each code was chosen.
    static async Task Translate()
    {
        Answer answer = await Post("/v1/translate?from=ffb&to=fsiii&ledger=true", "application/fhir+json",
            "fixtures/tilstande/ffb-to-fsiii/indberetning/input.json");
        using (JsonDocument translated = answer.Json())
        {
            JsonElement ledger = translated.RootElement.GetProperty("ledger");
            JsonElement counts = ledger.GetProperty("counts");
            Console.WriteLine($"translated: {counts.GetProperty("leaves")} leaves, {counts.GetProperty("carried")} carried, {counts.GetProperty("converted")} converted");
            foreach (JsonElement leaf in ledger.GetProperty("source").EnumerateArray())
            {
                string path = Text(leaf, "path");
                if (Text(leaf, "fate") == "converted" && path.EndsWith(".code", StringComparison.Ordinal))
                {
                    Console.WriteLine($"  {path}: {Text(leaf, "relation")} by {Text(leaf, "row")}: {Text(leaf, "reason")}");
                }
            }
        }
    }

    // Plain JSON of a medication card from FMK.
    static async Task Medication()
    {
        Answer answer = await Post("/v1/translate?from=fmk&to=plain", "application/xml",
            "fixtures/medicinliste/fmk-to-plain/fast-og-pn/input.xml");
        using (JsonDocument list = answer.Json())
        {
            JsonElement lines = list.RootElement.GetProperty("laegemidler");
            Console.WriteLine($"medication: {lines.GetArrayLength()}");
            foreach (JsonElement m in lines.EnumerateArray())
            {
                Console.WriteLine($"  {Text(m, "navn")} {Text(m, "styrke")}: {Text(m.GetProperty("dosering")[0], "tekst")}");
            }
        }
    }

    // What psychiatry demands of a referral before it is sent.
    static async Task Check()
    {
        Answer answer = await Post("/v1/check?receiver=psykiatri", "application/json",
            "fixtures/henvisning/plain-to-fhir/mindst/input.json");
        using (JsonDocument check = answer.Json())
        {
            JsonElement root = check.RootElement;
            Console.WriteLine($"check: {Text(root, "verdict")}: {Text(root, "said")}");
            Console.WriteLine($"  first: {Text(root.GetProperty("findings")[0], "what")}");
        }
    }

    // Hands a referral over, fetches it as its receiver does, and takes it. From 202
    // on the node has it. The same key makes the same again harmless: whoever got no
    // answer sends the same once more.
    static async Task Deliver()
    {
        var why = new Dictionary<string, string>
        {
            ["receiver"] = "xref01", ["purpose"] = "TREAT", ["legal-basis"] = "samtykke", ["capacity"] = "social",
            ["consent"] = "urn:uuid:7f6c1f0a-9e0e-4d5e-8a53-6f0b6f6c2b11",
        };
        string query = string.Join("&", why.Select(p => p.Key + "=" + Uri.EscapeDataString(p.Value)));
        string message = null;
        for (int i = 0; i < 2; i++) // the second time as after an answer that was lost
        {
            Answer answer = await Post("/v1/exchange?" + query, "application/json",
                "fixtures/henvisning/plain-to-fhir/bosted-til-psykiatrien/input.json",
                key: "referral-2026-11-20-1"); // yours, and kept with the referral
            using (JsonDocument receipt = answer.Json())
            {
                message = Text(receipt.RootElement, "id");
                Console.WriteLine($"{Text(receipt.RootElement, "status")}: goes to {receipt.RootElement.GetProperty("receivers")[0]}, duplicate: " +
                    (answer.Headers.Contains("Tolk-Duplicate") ? "true" : "false"));
            }
        }
        for (DateTime end = DateTime.UtcNow.AddMinutes(2); DateTime.UtcNow < end;)
        {
            Answer answer = await Ask(() => new HttpRequestMessage(HttpMethod.Get, Node + "/v1/exchange/" + message));
            using (JsonDocument life = answer.Json())
            {
                JsonElement delivery = life.RootElement.GetProperty("deliveries")[0];
                if (Text(delivery, "state") == "delivered")
                {
                    Console.WriteLine($"delivered before: {Text(delivery, "why")}");
                    return;
                }
            }
            answer = await Ask(() => new HttpRequestMessage(HttpMethod.Get, Node + "/v1/mailbox/xref01?wait=20"));
            using (JsonDocument mailbox = answer.Json())
            {
                foreach (JsonElement letter in mailbox.RootElement.GetProperty("letters").EnumerateArray())
                {
                    // Keep its body, base64, and only then take it: what is not taken is given again.
                    string content = Text(letter, "content");
                    await Ask(() => new HttpRequestMessage(HttpMethod.Delete, Node + content));
                    if (Text(letter, "message") == message)
                    {
                        Console.WriteLine($"fetched: {Text(letter, "document")} as {Text(letter, "contentType")}; taken");
                        return;
                    }
                }
            }
        }
        throw new IOException("the letter did not come");
    }

    static string Text(JsonElement e, string name) => e.GetProperty(name).GetString();

    static Task<Answer> Post(string target, string type, string file, string key = null)
    {
        byte[] body = File.ReadAllBytes(file);
        return Ask(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, Node + target) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
            if (key != null)
            {
                request.Headers.Add("Idempotency-Key", key);
            }
            return request;
        });
    }

    // Asks, again while the node says that it has no time: 429 and 503 say when. A
    // request can be sent once, so each try makes its own.
    static async Task<Answer> Ask(Func<HttpRequestMessage> make)
    {
        for (int attempt = 1; ; attempt++)
        {
            HttpRequestMessage request = make();
            if (Token != null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            }
            using (HttpResponseMessage response = await Client.SendAsync(request))
            {
                string body = await response.Content.ReadAsStringAsync();
                if (response.IsSuccessStatusCode)
                {
                    return new Answer(body, response.Headers);
                }
                int status = (int)response.StatusCode;
                if (status != 429 && status != 503 || attempt == 5)
                {
                    throw new Fault(response, body);
                }
                await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1 << attempt));
            }
        }
    }

    sealed class Answer
    {
        readonly string body;
        public readonly HttpResponseHeaders Headers;

        public Answer(string body, HttpResponseHeaders headers)
        {
            this.body = body;
            Headers = headers;
        }

        public JsonDocument Json() => JsonDocument.Parse(body);
    }

    // An answer that is an error: an OperationOutcome, in words.
    sealed class Fault : Exception
    {
        public Fault(HttpResponseMessage response, string body) : base(Words(response, body)) { }

        static string Words(HttpResponseMessage response, string body)
        {
            string text = ((int)response.StatusCode).ToString();
            using (JsonDocument outcome = JsonDocument.Parse(body))
            {
                foreach (JsonElement issue in outcome.RootElement.GetProperty("issue").EnumerateArray())
                {
                    JsonElement place; // in the body, or of the request
                    bool placed = issue.TryGetProperty("expression", out place) || issue.TryGetProperty("location", out place);
                    text += $"\n  {Text(issue, "severity")} {Text(issue, "code")} {(placed ? place.ToString() : "")}: {Text(issue.GetProperty("details"), "text")}";
                }
            }
            return text + "\n  X-Request-Id: " + string.Join("", response.Headers.GetValues("X-Request-Id"));
        }
    }
}
