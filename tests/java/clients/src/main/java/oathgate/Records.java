package oathgate;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** The records of the tests: key {@code <prefix>-<n>}, value derived from the key, so that whoever reads one can check it. */
final class Records {
    private Records() {}

    static String key(String prefix, long number) {
        return prefix + "-" + number;
    }

    /** The key repeated: between one and sixteen times, so that lengths differ; 5 MB of it if it begins with {@code large}. */
    static byte[] value(String key) {
        int times = key.startsWith("large") ? 5_000_000 / (key.length() + 1) : 1 + (int) (crc(key.getBytes(StandardCharsets.UTF_8)) % 16);
        return (key + "/").repeat(times).getBytes(StandardCharsets.UTF_8);
    }

    static long crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    static String hex(byte[] bytes) {
        return String.format("%08x", crc(bytes));
    }
}
