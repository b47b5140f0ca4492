"""python3 -m unittest discover bench/rig"""

import unittest

from ratios import estimate, paired


class Ratios(unittest.TestCase):
    def test_nine_rounds_drop_one_at_each_end(self):
        found = estimate([9, 1, 8, 2, 7, 3, 6, 4, 5])
        self.assertEqual((found.median, found.low, found.high), (5, 2, 8))
        self.assertAlmostEqual(found.coverage, 1 - 20 / 512)

    def test_few_rounds_keep_all_and_say_how_little_that_is(self):
        found = estimate([1.0, 3.0, 2.0])
        self.assertEqual((found.median, found.low, found.high), (2.0, 1.0, 3.0))
        self.assertAlmostEqual(found.coverage, 0.75)

    def test_one_round_and_none(self):
        self.assertEqual(estimate([4.0]).coverage, 0)
        self.assertIsNone(estimate([]))

    def test_rounds_pair_by_number_and_a_missing_one_is_left_out(self):
        self.assertEqual(paired({1: 2.0, 2: 9.0, 3: 3.0}, {1: 1.0, 3: 6.0}), [2.0, 0.5])


if __name__ == "__main__":
    unittest.main()
