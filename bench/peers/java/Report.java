package peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A report that keeps the contract. It checks each field that job J writes as {@code
 * schemas/events/incident.py} does; links, contact and urgency, which job J does not write, are not
 * looked at.
 */
record Report(UUID caseId, String category, String channel, String body) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern CODE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern CONTROL =
            Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]");
    private static final Set<String> CHANNELS =
            Set.of("grid_member", "resident", "phone", "app", "sensor", "superior", "media");
    private static final UUID NAMESPACE = UUID.fromString("7b0f5d52-6f0c-5c39-9c4e-3f1d8d9e7a10");
    private static final int LONGEST_ID = 128;
    private static final int LONGEST_ADDRESS = 500;
    private static final int LONGEST_DESCRIPTION = 4000;

    /** Read a record's value; empty when the report is to be refused. */
    static Optional<Report> of(byte[] value) {
        JsonNode json;
        try {
            json = JSON.readTree(value);
        } catch (IOException broken) {
            return Optional.empty();
        }
        if (json == null || !keepsTheContract(json)) {
            return Optional.empty();
        }
        UUID caseId = caseId(json.get("source").textValue(), json.get("id").textValue());
        String body = new String(value, StandardCharsets.UTF_8);
        return Optional.of(
                new Report(
                        caseId,
                        json.path("category").asText(""),
                        json.get("channel").textValue(),
                        body));
    }

    private static boolean keepsTheContract(JsonNode json) {
        return isCode(json.path("source"))
                && isId(json.path("id"))
                && CHANNELS.contains(json.path("channel").asText())
                && isInstant(json.path("reported_at"))
                && isPlace(json.path("place"))
                && (isAbsent(json.path("category")) || isCode(json.path("category")))
                && (isAbsent(json.path("description"))
                        || isText(json.path("description"), 0, LONGEST_DESCRIPTION))
                && saysWhat(json);
    }

    private static boolean saysWhat(JsonNode json) {
        return !isAbsent(json.path("category"))
                || !json.path("description").asText("").isBlank();
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static boolean isCode(JsonNode node) {
        return node.isTextual() && CODE.matcher(node.textValue()).matches();
    }

    private static boolean isText(JsonNode node, int least, int most) {
        if (!node.isTextual() || node.textValue().indexOf('\0') >= 0) {
            return false;
        }
        String text = node.textValue();
        int length = text.codePointCount(0, text.length());
        return length >= least && length <= most && (least == 0 || !text.isBlank());
    }

    private static boolean isId(JsonNode node) {
        if (!isText(node, 1, LONGEST_ID) || CONTROL.matcher(node.textValue()).find()) {
            return false;
        }
        for (String part : node.textValue().split("/", -1)) {
            if (part.equals(".") || part.equals("..")) {
                return false;
            }
        }
        return true;
    }

    private static boolean isInstant(JsonNode node) {
        if (!node.isTextual()) {
            return false;
        }
        try {
            int year = OffsetDateTime.parse(node.textValue()).getYear();
            return year >= 1900 && year < 2200;
        } catch (DateTimeException unreadable) {
            return false;
        }
    }

    private static boolean isPlace(JsonNode place) {
        JsonNode point = place.path("point");
        JsonNode grid = place.path("grid");
        JsonNode address = place.path("address");
        return place.isObject()
                && !(isAbsent(point) && isAbsent(grid) && isAbsent(address))
                && (isAbsent(point)
                        || (isWithin(point.path("lat"), 90) && isWithin(point.path("lon"), 180)))
                && (isAbsent(grid) || isCode(grid))
                && (isAbsent(address) || isText(address, 1, LONGEST_ADDRESS));
    }

    private static boolean isWithin(JsonNode degrees, double most) {
        return degrees.isNumber() && Math.abs(degrees.doubleValue()) <= most;
    }

    /** Return the id of the case, as {@code schemas.vocabulary.case_id_for} derives it. */
    private static UUID caseId(String source, String id) {
        byte[] name =
                String.join("\u001f", "case", source, id).getBytes(StandardCharsets.UTF_8);
        ByteBuffer given = ByteBuffer.allocate(16 + name.length);
        given.putLong(NAMESPACE.getMostSignificantBits());
        given.putLong(NAMESPACE.getLeastSignificantBits());
        given.put(name);
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            ByteBuffer digest = ByteBuffer.wrap(sha1.digest(given.array()));
            long most = (digest.getLong() & ~0xF000L) | 0x5000L;
            long least = (digest.getLong() & ~(0xCL << 60)) | (0x8L << 60);
            return new UUID(most, least);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
