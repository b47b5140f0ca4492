package oathgate;

import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What a test reads: one fact a line, flushed at once, whichever thread writes it. */
final class Lines {
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

    private Lines() {}

    static synchronized void write(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            if (line.length() > 0) {
                line.append(' ');
            }
            line.append(word);
        }
        OUT.println(line);
        OUT.flush();
    }

    static synchronized void flush() {
        OUT.flush();
    }
}
