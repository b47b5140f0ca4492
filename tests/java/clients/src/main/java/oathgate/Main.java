package oathgate;

import java.io.FileInputStream;
import java.util.Arrays;
import java.util.Properties;

/**
 * Stock Kafka clients as one command: {@code java oathgate.Main <properties file> <command> <arguments>}.
 * Further commands may follow, each after a {@code +}; words {@code -D<key>=<value>} before a command are
 * properties of it alone.
 *
 * <p>Every command writes one fact a line to standard output, words separated by single spaces; the
 * integration tests read these lines. Exit code 0 means that everything asked for was done; an error is
 * one line {@code failed <exception class> <message>} and exit code 1.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        if (arguments.length < 2) {
            System.err.println("usage: oathgate.Main <properties> produce|transact|consume|share|streams|application|admin <arguments>");
            System.exit(2);
        }
        try {
            Properties properties = new Properties();
            try (FileInputStream in = new FileInputStream(arguments[0])) {
                properties.load(in);
            }
            int from = 1;
            while (from < arguments.length) {
                int to = from;
                while (to < arguments.length && !arguments[to].equals("+")) {
                    to++;
                }
                Properties own = new Properties();
                own.putAll(properties);
                for (; arguments[from].startsWith("-D"); from++) {
                    String[] pair = arguments[from].substring(2).split("=", 2);
                    own.put(pair[0], pair[1]);
                }
                run(own, arguments[from], Arrays.copyOfRange(arguments, from + 1, to));
                from = to + 1;
            }
        } catch (Throwable error) {
            Throwable cause = error;
            while (cause.getCause() != null && cause != cause.getCause()) {
                cause = cause.getCause();
            }
            Lines.write("failed", cause.getClass().getSimpleName(), String.valueOf(cause.getMessage()).replace('\n', ' '));
            Lines.flush();
            System.exit(1);
        }
        Lines.flush();
        System.exit(0);
    }

    private static void run(Properties properties, String command, String[] arguments) throws Exception {
        switch (command) {
            case "produce" -> Produce.run(properties, arguments);
            case "transact" -> Transact.run(properties, arguments);
            case "consume" -> Consume.run(properties, arguments);
            case "share" -> Share.run(properties, arguments);
            case "streams" -> Streams.run(properties, arguments);
            case "application" -> Application.run(properties, arguments);
            case "admin" -> Administer.run(properties, arguments);
            default -> throw new IllegalArgumentException("unknown command " + command);
        }
    }
}
